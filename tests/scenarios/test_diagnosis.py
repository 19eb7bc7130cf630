"""A diagnosis by another model: broken off, taken over into another session, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pseudocode.errors import ProviderError
from pseudocode.events import Diagnosed, ReplyReceived, RoundRequested
from pseudocode.loop import Request, Tools, drive
from pseudocode.playback import taken_over
from pseudocode.session import Session
from tests.making import MINUS, RIGHT, THREE, fenced, session_of, spec_of, started
from tests.scenarios.playing import Answers, answer, derived
from tests.scenarios.test_review import asked, tools

FOUND = "It subtracts.\n\n```python\nsecret = 1\n```"
LARGE: dict[str, Any] = {"diagnosis_model": "large"}


class Hanging(Answers):
    """Answers until the larger model is asked, which says half and then nothing."""

    def __init__(self, *texts: str) -> None:
        super().__init__([answer(fenced(text)) for text in texts])
        self.hangs = asyncio.Event()

    async def reply(self, request: Request, on_text: Callable[[str], None]) -> ReplyReceived:
        if request.model != "large":
            return await super().reply(request, on_text)
        on_text("It sub")
        self.hangs.set()
        await asyncio.Event().wait()
        raise AssertionError


def begun(**values: Any) -> Session:
    return session_of(policy="repair", **LARGE, **values)


def diagnoses(session: Session) -> list[Diagnosed]:
    return [event for event in session.events if isinstance(event, Diagnosed)]


async def test_one_that_is_broken_off_counts_and_is_asked_for_again() -> None:
    session, provider = begun(), Hanging(MINUS, THREE)
    driving = asyncio.ensure_future(drive(session, replace(tools(), provider=provider)))
    await provider.hangs.wait()
    driving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await driving
    (broken,) = diagnoses(session)
    assert (broken.reply.text, broken.reply.finish, broken.text) == ("It sub", "stopped", "")
    assert session.spent.tokens >= broken.reply.prompt_tokens > 0

    resumed = Session.replay(session.spec, session.events)
    resumed.append(started(session.spec, again=True, policy="repair", **LARGE))
    resumed.append(RoundRequested())
    used = tools(MINUS, THREE, "it subtracts", RIGHT)
    assert (await drive(resumed, used)).reason == "done"
    assert len(diagnoses(resumed)) == 2
    assert derived(Session.replay(session.spec, resumed.events)) == derived(resumed)


async def test_it_goes_along_into_another_session_without_its_code_blocks() -> None:
    session = begun()
    replies: list[ReplyReceived | ProviderError] = [
        answer(fenced(MINUS)),
        answer(fenced(THREE)),
        answer(FOUND),
        ProviderError("gone"),
    ]
    first = replace(tools(), provider=Answers(replies))
    assert (await drive(session, first)).reason == "failure"
    other = begun()
    for event in taken_over(session):
        other.append(event)
    assert diagnoses(other) == diagnoses(session)
    used = tools(RIGHT)
    assert (await drive(other, used)).reason == "done"
    assert "> It subtracts." in asked(used)[0][-1].content
    assert "secret" not in asked(used)[0][-1].content


@pytest.mark.parametrize(
    ("policy", "wanted"), [("repair", 1), ("search", 1), ("resample", 0), ("classic", 0)]
)
async def test_the_policy_decides_whether_it_is_asked_for(policy: str, wanted: int) -> None:
    session = session_of(spec_of(), policy=policy, max_rounds=6, **LARGE)
    used: Tools = tools(*[MINUS, THREE] * 6)
    await drive(session, used)
    assert len(diagnoses(session)) == wanted
