"""An answer becomes code that can be shown: taken out, formatted, and looked over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pseudocode.access import Touched, touched
from pseudocode.events import CandidateChecked
from pseudocode.extraction import extract
from pseudocode.mending import mend
from pseudocode.prospects import hopeless
from pseudocode.suspicion import flags

if TYPE_CHECKING:
    from pseudocode.loop import Checker
    from pseudocode.rounds import Candidate
    from pseudocode.session import Session
    from pseudocode.spec.model import Spec


async def checked(candidate: Candidate, session: Session, checker: Checker) -> CandidateChecked:
    """Take the code out of an answer, and look it over without running it.

    Args:
        candidate: The answer.
        session: Whose latest round it is of.
        checker: Formats and lints code.
    """
    reply = candidate.reply
    by_hand = reply.source == "person"
    sent = session.rounds[-1].messages
    if sent and sent[-1].role == "assistant" and reply.source not in ("library", "person"):
        reply = replace(reply, text=sent[-1].content + reply.text)
    if reply.finish == "filter":
        found = ("The answer was withheld by the server's content filter.",)
        return CandidateChecked(candidate=candidate.index, code="", faults=found)
    if reply.finish == "hopeless":
        why = hopeless(sent[-1].content if sent else "", candidate.reply.text) or "it has no end"
        return CandidateChecked(candidate=candidate.index, code="", faults=(f"Broken off: {why}.",))
    if reply.refusal and not reply.text.strip():
        found = (f"You declined to answer: {reply.refusal}",)
        return CandidateChecked(candidate=candidate.index, code="", faults=found)
    cut = reply.finish in ("length", "cut")
    extraction = extract(reply.text, session.spec, cut=cut, whole=by_hand)
    if extraction.faults:
        return CandidateChecked(candidate=candidate.index, code="", faults=extraction.faults)
    code, added = (extraction.code, ()) if by_hand else _mended(extraction.code, session.spec)
    looked_over = await checker.check(session.spec, code)
    notes = extraction.notes + added + looked_over.notes
    marked = looked_over.flags + flags(looked_over.code, session.spec)
    reached = touched(looked_over.code) if session.spec.kind != "file" else Touched((), ())
    return replace(
        looked_over,
        candidate=candidate.index,
        notes=notes,
        flags=marked,
        imports=reached.imports,
        accesses=reached.accesses,
    )


def _mended(code: str, spec: Spec) -> tuple[str, tuple[str, ...]]:
    return (code, ()) if spec.kind == "file" else mend(code, spec)
