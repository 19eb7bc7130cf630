"""What of a project around a spec goes to the processes of its code and of its tests, as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pseudocode.runner.channel import Record
from pseudocode.spec.model import Spec


def opening(spec: Spec) -> dict[str, Any]:
    """What a worker is told ahead of the code; nothing of examples and tests."""
    return {
        "module": spec.module,
        "package": spec.around.package,
        "context": spec.context,
        "served": spec.around.served,
        "modules": modules_as_text(spec),
    }


def modules_as_text(spec: Spec) -> list[Record]:
    """The modules of the project that a spec's module imports, for a process behind walls."""
    return [
        {"name": m.name, "is_package": m.is_package, "source": m.source, "served": m.served}
        for m in spec.around.modules
    ]


def accepted_modules(spec: Spec) -> list[tuple[str, str]]:
    """Files of stubs, with what was accepted for them as a whole."""
    return [
        (str(Path(used.path).resolve()), module.source)
        for module in spec.around.modules
        for used in module.specs
        if used.kind == "module" and used not in spec.around.missing
    ]
