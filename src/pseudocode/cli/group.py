"""The group of commands, and what their failures look like."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from pseudocode import __version__
from pseudocode.errors import ProviderError, PseudocodeError, SandboxUnavailable
from pseudocode.inert import one_line
from pseudocode.policy import POLICIES
from pseudocode.settings import Settings, hide_secrets, load_settings
from pseudocode.wiring import project_root

FAILED, USAGE, NO_MODEL, NO_SANDBOX, INTERRUPTED = 1, 2, 3, 4, 130
_COMMANDS = (
    "app",
    "serve",
    "run",
    "check",
    "sessions",
    "replay",
    "undo",
    "eject",
    "library",
    "cache",
    "models",
    "bench",
    "info",
)
_DEFAULT = "app"


def _line_by_line(command: click.Command) -> click.Command:
    """Let examples stand as they are: in raw docstrings, the mark for that is no mark yet."""
    if command.help:
        command.help = command.help.replace("\\b\n", "\b\n")
    for inner in getattr(command, "commands", {}).values():
        _line_by_line(inner)
    return command


class _Group(click.Group):
    """Loads commands when they are called for; without one it opens the app."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in _COMMANDS if name != _DEFAULT]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"pseudocode.cli.{cmd_name}").command
        return _line_by_line(command)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = ("--help", "-h", "--version")
        if not args and ctx.resilient_parsing:
            # A shell asks for what can stand here: the commands.
            return super().parse_args(ctx, args)
        if not args or (args[0] not in _COMMANDS and args[0] not in own):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # What is no command is a folder or file of specs.
        found = super().shell_complete(ctx, incomplete)
        return found or [CompletionItem(incomplete, type="file")]


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="[PATH] | COMMAND …",
    epilog="Options of the app itself: pseudocode-tui app --help",
)
@click.version_option(__version__, prog_name="pseudocode-tui")
def group() -> None:
    r"""Declare functions; a language model writes them, your examples and you accept them.

    \b
    pseudocode-tui specs/                 open the app over a folder of specs
    pseudocode-tui specs/ --model local   the same with the embedded model, no key needed
    pseudocode-tui run specs/             write what is missing, without a person
    pseudocode-tui check specs/           accepted code is there, fresh and passing (for CI)
    """


_line_by_line(group)


def run_command(arguments: list[str] | None = None) -> int:
    """Run one command line.

    Returns:
        The exit code: 0 all well, 1 not solved, 2 usage or bad spec, 3 no model, 4 no sandbox,
        130 interrupted.
    """
    try:
        result = group.main(arguments, prog_name="pseudocode-tui", standalone_mode=False)
        sys.stdout.flush()
        return int(result or 0)
    except click.ClickException as error:
        error.show()
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; the journals hold what was done")
        return INTERRUPTED
    except PseudocodeError as error:
        _say(explain(error))
        return _exit_code(error)
    except (BrokenPipeError, SystemExit):  # the latter is how click ends on a closed pipe
        # The reader of our output has gone; what it wanted it has.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def explain(error: PseudocodeError) -> str:
    """The error and its mend on one line."""
    hint = getattr(error, "hint", "")
    return one_line(f"{error}; {hint}" if hint else str(error), 500)


def _exit_code(error: PseudocodeError) -> int:
    match error:
        case ProviderError():
            return NO_MODEL
        case SandboxUnavailable():
            return NO_SANDBOX
    return USAGE


def _say(text: str) -> None:
    click.echo(f"pseudocode-tui: {text}", err=True)


def open_project(path: Path, config: str | None, flags: Mapping[str, Any]) -> tuple[Path, Settings]:
    """The project that a path belongs to, and the settings for it.

    From here on no secret of the model's server is in the environment: what is started inherits
    none.

    Raises:
        SettingsError: For a value that cannot be used, with where it stands.
    """
    root = project_root(path)
    settings = load_settings(flags, project=root, config=Path(config) if config else None)
    hide_secrets(settings)
    return root, settings


library_examples = click.option(
    "--library-examples",
    metavar="N",
    help="Nearest entries that the model is shown, 0 to 3.",
)
library_url = click.option(
    "--library-url", metavar="URL", help="Database of a library that several people share."
)


def keeping_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of commands that ask a model: how, and what is answered without asking it."""
    options = (
        click.option(
            "--policy", metavar="NAME", help=f"How rounds are spent: auto, {', '.join(POLICIES)}."
        ),
        click.option(
            "--diagnosis-model",
            metavar="NAME",
            help="Another model, asked once what is wrong where repairs fail.",
        ),
        click.option("--cache/--no-cache", default=None, help="Give kept answers again, or never."),
        click.option(
            "--library", metavar="WHERE", help="project (the default), person (there, too) or off."
        ),
        library_examples,
        library_url,
    )
    for option in reversed(options):
        command = option(command)
    return command


def bounding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what each spec and the run as a whole may use."""
    options = (
        click.option("--max-rounds", type=int, help="Rounds for each spec."),
        click.option("--max-tokens", type=int, help="Tokens for each spec, with its prompts."),
        click.option("--max-cost", type=float, metavar="DOLLARS", help="What each may cost."),
        click.option(
            "--max-seconds", type=float, help="Seconds of answers and tests for each spec."
        ),
        click.option("--total-tokens", type=int, help="Tokens for the whole run."),
        click.option(
            "--total-cost", type=float, metavar="DOLLARS", help="What the whole run may cost."
        ),
        click.option("--total-seconds", type=float, help="Seconds for the whole run."),
        click.option(
            "--max-requests", type=int, help="Requests to the model at once, of all specs."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that all commands with settings share."""
    options = (
        click.option("--model", metavar="NAME", help="Model to ask; 'local' is the embedded one."),
        click.option("--base-url", metavar="URL", help="OpenAI-compatible server."),
        click.option("--api-key-env", metavar="VAR", help="Variable that holds the API key."),
        click.option("--temperature", type=float, help="Fixed sampling temperature, 0 to 2."),
        click.option(
            "--timeout", type=float, metavar="SECONDS", help="Longest wait for one reply."
        ),
        click.option("--sandbox", metavar="LEVEL", help="strict, best-effort or off."),
        click.option("--config", metavar="FILE", help="Configuration file to use."),
    )
    for option in reversed(options):
        command = option(command)
    return command
