"""Every scripted session of the loop, live and then replayed: both end with the same screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pseudocode.events import Event, SessionStarted
from pseudocode.settings import Settings
from pseudocode.spec.model import Spec
from pseudocode.tui.app import PseudocodeApp
from pseudocode.tui.replay import ReplayScreen
from pseudocode.tui.widgets.spec_list import SpecList
from tests.making import IMPORT, started
from tests.scenarios.scripts import SCENARIOS
from tests.scenarios.test_scenarios import play
from tests.tui.driving import at_rest, desk_over

Facts = dict[str, tuple[dict[str, Any], list[Event]]]
"""The limits and the facts after the start of each session, by its name."""


async def written(specs: Path) -> Facts:
    """Play all sessions without an app, each in a folder that declares what it is about."""
    facts: Facts = {}
    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        folder = specs / f"s{number:02}"
        folder.mkdir(parents=True)
        played = await play(scenario, folder)
        facts[name] = dict(scenario.limits), played.session.events[1:]
        options = scenario.options and f"({scenario.options})"
        text = f"{IMPORT}@pseudo_function{options}\n{scenario.declaration}"
        (folder / "sums.py").write_text(text, encoding="utf-8")
    return facts


async def live(
    facts: Facts, limit: Callable[[dict[str, Any]], None]
) -> dict[str, tuple[Path, str]]:
    """Let all of it happen in the app, fact by fact; the journals, and what it showed last."""
    shown = {}
    async with desk_over(Path("specs"), url="http://127.0.0.1:9", source=None) as desk:
        await desk.until(lambda: len(desk.desk._works) == len(facts), "the specs")
        works = {Path(work.spec.path).parent.name: work for work in desk.desk._works}
        for number, (name, (limits, events)) in enumerate(facts.items()):
            limit(limits)
            work = works[f"s{number:02}"]
            desk.desk.query_one(SpecList).choose(work)
            desk.desk._jobs.take_over(work, events)
            desk.desk._show_work(work)
            assert work.opened is not None, (name, work.held, work.problem)
            text = await at_rest(desk.desk, desk.pilot)
            assert "def add" in text
            shown[name] = work.opened.journal.path, text
    return shown


async def test_the_last_screen_is_that_of_the_live_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    now: dict[str, Any] = {}

    def limit(limits: dict[str, Any]) -> None:
        now.clear()
        now.update(limits)

    def begun(spec: Spec, *_: object) -> SessionStarted:
        return replace(started(spec, **now), session="")

    monkeypatch.setattr("pseudocode.projects._started", begun)
    shown = await live(await written(Path("specs")), limit)
    app = PseudocodeApp(Path("specs"), Path.cwd(), Settings())
    different = []
    async with app.run_test(size=(120, 40)) as pilot:
        for name, (journal, text) in shown.items():
            screen = ReplayScreen(journal, Path.cwd(), Settings(), speed=0)
            await app.push_screen(screen)
            await screen.loaded()
            screen.action_jump(1)
            if await at_rest(screen, pilot) != text:
                different.append(name)
            app.pop_screen()
    assert different == []
    assert len(shown) == len(SCENARIOS) >= 40
