"""The checks for each kind of declaration."""

from __future__ import annotations

from pseudocode.checks.formats import FormatChecker
from pseudocode.checks.ruff import RuffChecker
from pseudocode.events import CandidateChecked
from pseudocode.spec.model import Spec


class KindChecker:
    """Formats and lints code; looks whether the contents of files are well-formed."""

    def __init__(self) -> None:
        self._code = RuffChecker()
        self._files = FormatChecker()

    async def check(self, spec: Spec, code: str) -> CandidateChecked:
        """Return the text as it would be accepted, or its faults."""
        return await (self._files if spec.kind == "file" else self._code).check(spec, code)
