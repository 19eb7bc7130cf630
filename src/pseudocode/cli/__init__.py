"""The command line: thin commands over the same loop as the app."""

from __future__ import annotations


def main() -> None:
    """Run `pseudocode-tui` and end the process with the exit code of the command."""
    from pseudocode.wiring import shut_memory

    shut_memory()

    from pseudocode.cli.group import run_command

    raise SystemExit(run_command())
