"""Permissions on the command line, where nobody is there to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from pseudocode.spec.model import Spec

if TYPE_CHECKING:
    from pseudocode.store.grants import Grants

allow_option = click.option(
    "--allow",
    multiple=True,
    metavar="NAME",
    help="Grant all that this spec asks for, from now on; may be repeated.",
)


def grant(names: Iterable[str], specs: tuple[Spec, ...], grants: Grants) -> None:
    """Grant what the named specs ask for.

    Raises:
        ClickException: For a name that no spec has, or more than one: a grant is for one of them.
    """
    named = [(name, _called(name, specs)) for name in names]
    for name, found in named:
        if len(found) != 1:
            places = " and ".join(f"{spec.id} ({spec.path}:{spec.line})" for spec in found)
            told = f"{places} are; name one, or one file" if found else "no spec is"
            raise click.ClickException(f"--allow {name}: {told} named so")
    for _, (spec,) in named:
        grants.add(spec)


def _called(name: str, specs: tuple[Spec, ...]) -> list[Spec]:
    return [spec for spec in specs if name in (spec.name, spec.id)]
