"""A stronger model that says once what is wrong, over real HTTP: in a run and in the app."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pseudocode.events import Diagnosed, PromptSent, RoundStarted
from pseudocode.playback import Playback
from pseudocode.settings import Settings
from pseudocode.store.journal import read_journal
from tests.edges.test_cli import RIGHT, TRIPLE, WRONG, Project
from tests.server import Answer, ModelServer, code, refusal, reply
from tests.tui.driving import desk_over

FOUR = "def triple(x: int) -> int:\n    return x * 4\n"
FOUND = "It multiplies by four.\n\nThe factor has to be three."
TOKENS = 60
"""What the scripted server counts for each answer."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.declare(TRIPLE)
    return made


def models(server: ModelServer) -> list[str]:
    return [asked.body["model"] for asked in server.requests]


OPTIONS = ("--model", "small", "--diagnosis-model", "large", "--library", "off")


async def test_it_is_asked_once_and_the_next_repair_is_told(
    project: Project, model_server: ModelServer
) -> None:
    model_server.script.extend([code(FOUR), code(WRONG), reply(FOUND)])
    model_server.script.extend([code(WRONG), code(FOUR), code(RIGHT)])
    told = await project.ask(model_server, "run", "specs", *OPTIONS, "--max-rounds", "8", "--json")
    assert told.code == 0, told
    assert models(model_server) == ["small", "small", "large", "small", "small", "small"]
    asked = model_server.requests[2].body["messages"]
    assert "Write no code" in asked[0]["content"]
    assert "return x + 4" in asked[-2]["content"]
    assert "triple(" in asked[-1]["content"]
    quoted = "> It multiplies by four.\n>\n> The factor has to be three."
    assert quoted in model_server.requests[3].last
    assert quoted not in model_server.requests[4].last
    records = [json.loads(line) for line in told.lines]
    (record,) = [record for record in records if record["event"] == "Diagnosed"]
    assert (record["model"], record["reply"]["text"], record["fault"]) == ("large", FOUND, "")
    assert records[-1]["tokens"] == 6 * TOKENS
    assert records[-1]["rounds"] == 5

    recording = read_journal(project.journals[0])
    assert [type(e) for e in recording.events].count(Diagnosed) == 1
    await project.command(
        "replay", project.journals[0].stem, "--export", "md", "-o", "out.md", "--print"
    )
    shown = (project.root / "out.md").read_text()
    assert "diagnosis by large, 20 tokens" in shown
    assert FOUND.partition("\n")[0] in shown


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(refusal(404, "no such model"), "large", id="no-such-model"),
        pytest.param(reply("  "), "it said nothing", id="nothing-said"),
    ],
)
async def test_one_that_fails_costs_no_round(
    project: Project, model_server: ModelServer, answer: Answer, why: str
) -> None:
    model_server.script.extend([code(FOUR), code(WRONG), answer, code(RIGHT)])
    told = await project.ask(model_server, "run", "specs", *OPTIONS, "--max-rounds", "3")
    assert told.code == 0, told
    assert models(model_server) == ["small", "small", "large", "small"]
    events = read_journal(project.journals[0]).events
    (diagnosed,) = [event for event in events if isinstance(event, Diagnosed)]
    assert why in diagnosed.fault
    rounds = [event.reason for event in events if isinstance(event, RoundStarted)]
    assert rounds == ["first", "repair", "repair"]
    assert "Somebody who looked" not in model_server.requests[-1].last


async def test_bounds_count_it_and_leave_it_out_where_there_is_no_room(
    project: Project, model_server: ModelServer
) -> None:
    model_server.otherwise = lambda asked: code(FOUR if len(model_server.requests) % 2 else WRONG)
    told = await project.ask(
        model_server, "run", "specs", *OPTIONS, "--max-tokens", "700", "--max-rounds", "3"
    )
    assert told.code == 1
    assert models(model_server) == ["small"] * 3

    model_server.requests.clear()
    prices = {"PSEUDOCODE_PRICE_IN": "0", "PSEUDOCODE_PRICE_OUT": "500"}
    told = await project.ask(
        model_server, "run", "specs", *OPTIONS, "--max-cost", "0.025", "--no-cache", **prices
    )
    assert told.code == 1
    assert "the limit of $0.0250 is reached" in told.out


async def test_a_bound_of_cost_wants_its_price_too(
    project: Project, model_server: ModelServer
) -> None:
    priced = ("--model", "gpt-5-mini", "--diagnosis-model", "tiny", "--max-cost", "1")
    told = await project.ask(model_server, "run", "specs", *priced)
    assert told.code == 2
    assert "the price of " in told.err
    assert model_server.requests == []


DECLARED = "from pseudocode import pseudo_function\n" + TRIPLE


async def test_the_app_shows_it_and_each_request_can_be_seen_first(
    tmp_path: Path, model_server: ModelServer
) -> None:
    model_server.script.extend([code(FOUR), code(WRONG), reply(FOUND), code(RIGHT)])
    settings = Settings(
        model="small",
        base_url=model_server.url,
        diagnosis_model="large",
        confirm_requests=True,
        library="off",
        cache=False,
    )
    folder = tmp_path / "specs"
    async with desk_over(folder, source=DECLARED, settings=settings) as desk:

        def parts() -> list[str]:
            shown = desk.app.screen.query_one("#parts").options  # type: ignore[attr-defined]
            return [str(option.prompt).split()[1] for option in shown]

        await desk.press("g")
        for number in range(4):
            await desk.status("x shows")
            await desk.press("x")
            await desk.until(lambda: bool(desk.app.screen.query("#parts")), "the request")
            assert f"To {'large' if number == 2 else 'small'}:" in desk.dialog
            assert ("diagnosis" in parts()) is (number == 3)
            await desk.press("s")
            await desk.until(lambda n=number: len(model_server.requests) > n, "an answer")  # type: ignore[misc]
        await desk.status("a accepts")
        assert models(model_server) == ["small", "small", "large", "small"]
        assert "to large, for a diagnosis" in desk.conversation
        assert f"diagnosis by large, 20 tokens in 0.0 s:\n{FOUND}" in desk.conversation
        work = desk.desk._works[0]
        assert work.session is not None
        events = list(work.session.events)
    (journal,) = (folder.parent / ".pseudocode" / "sessions").glob("*.jsonl")
    assert list(read_journal(journal).events) == events
    played = Playback(work.spec, events, [0.0] * len(events))
    played.seek(len(events))
    assert played.session.spent == work.session.spent
    assert [type(e) for e in events].count(PromptSent) == 3
