"""Prints which programs each isolation contains here, for each user that there can be.

`python -m tests.edges.hostile [PART OF A NAME…]`
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

from tests.edges.hostile.crossing import Found, Run, cross, everything, isolations, users
from tests.edges.hostile.everything import HOSTILE

NOT_APPLICABLE = "not applicable"


def words(run: Run, found: Found) -> str:
    """What became of a program, and an exclamation mark where that is not what is known of it."""
    result = found.get(run)
    if result is None or result.missing:
        return NOT_APPLICABLE
    told = "contained" if result.contained else "NOT CONTAINED"
    surprising = run.expected not in (told.lower(), "either") or result.broken
    return f"{told} !" if surprising else told


def table(names: list[str], user: str, found: Found) -> list[str]:
    """A line for each program, a column for each isolation."""
    width = max(map(len, names), default=0)
    kinds = isolations()
    rows = [[words(Run(name, kind, user), found) for kind in kinds] for name in names]
    sizes = [max(len(kind), *(len(row[n]) for row in rows)) for n, kind in enumerate(kinds)]

    def line(first: str, cells: list[str]) -> str:
        padded = (cell.ljust(size) for cell, size in zip(cells, sizes, strict=True))
        return f"{first:<{width}}  {'  '.join(padded)}".rstrip()

    made = [f"As {user}:", "", line("", kinds)]
    made += [line(name, row) for name, row in zip(names, rows, strict=True)]
    counts = [
        Counter(cell.removesuffix(" !") for cell in column) for column in zip(*rows, strict=True)
    ]
    for told in ("contained", "NOT CONTAINED", NOT_APPLICABLE):
        made.append(line(told, [str(count[told]) for count in counts]))
    return [*made, ""]


def main(parts: list[str]) -> int:
    """Print the tables; 1 when something is not as it is known to be."""
    runs = [r for r in everything() if not parts or any(part in r.name for part in parts)]
    found = asyncio.run(cross(runs, lambda run: print(".", end="", file=sys.stderr, flush=True)))
    print(file=sys.stderr)
    names = [name for name in HOSTILE if any(run.name == name for run in runs)]
    for user in users():
        print("\n".join(table(names, user, found)))
    odd = [run for run in runs if words(run, found).endswith("!")]
    for run in odd:
        print("!", *run, found[run].broken or found[run].harms, sep=" | ")
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
