"""The checks for each kind of declaration."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pseudocode.checks.formats import FormatChecker
from pseudocode.checks.packages import look_at_imports
from pseudocode.checks.ruff import RuffChecker
from pseudocode.checks.types import TypeChecker
from pseudocode.events import CandidateChecked
from pseudocode.spec.model import Spec


class KindChecker:
    """Formats and checks code; looks whether the contents of files are well-formed."""

    def __init__(self, type_check: str = "auto") -> None:
        """Choose the programs.

        Args:
            type_check: Which type checker; `auto` for whichever is installed, `off` for none.
        """
        self._code = RuffChecker()
        self._types = TypeChecker(type_check)
        self._files = FormatChecker()

    async def check(self, spec: Spec, code: str) -> CandidateChecked:
        """Return the text as it would be accepted, or its faults."""
        if spec.kind == "file":
            return await self._files.check(spec, code)
        checked = await self._code.check(spec, code)
        faults, flags = await asyncio.to_thread(look_at_imports, spec, checked.code)
        checked = replace(checked, faults=checked.faults + faults, flags=flags)
        if checked.faults:
            return checked
        wrong, notes = await self._types.check(spec, checked.code)
        return replace(checked, flags=flags + wrong, notes=checked.notes + notes)
