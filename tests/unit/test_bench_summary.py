from __future__ import annotations

import json
import math
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pseudocode.bench.curves import draw, in_terminal
from pseudocode.bench.report import as_data, as_markdown
from pseudocode.bench.results import Result, Results
from pseudocode.bench.summary import summarise


def result(task: str = "a", policy: str = "one", seed: int = 0, **told: Any) -> Result:
    usual: dict[str, Any] = {
        "suite": "s",
        "digest": "d",
        "model": "m",
        "budget": 100,
        "solved": True,
        "correct": True,
        "rounds": 2,
        "generated": 60,
        "prompted": 200,
        "dollars": 0.5,
        "seconds": 3.0,
        "by_round": (20, 60),
    }
    return Result(task=task, policy=policy, seed=seed, **{**usual, **told})


UNSOLVED: dict[str, Any] = {"solved": False, "correct": None, "generated": 110, "dollars": None}
RESULTS = [
    result("a"),
    result("b", correct=False),
    result("c", rounds=1, generated=20, by_round=(20,)),
    result("d", **UNSOLVED),
    result("a", "two", correct=False),
    result("b", "two", **UNSOLVED),
    result("c", "two"),
]


def test_shares_are_of_runs_and_false_accepts_of_what_was_accepted() -> None:
    (summary,) = summarise(RESULTS)
    one, two = summary.standings
    assert (summary.tasks, summary.seeds, one.runs, two.runs) == (4, 1, 4, 3)
    assert (one.solved.value, one.correct.value) == (0.75, 0.5)
    assert one.false_accepts.value == pytest.approx(1 / 3)
    assert two.false_accepts.value == 0.5
    assert one.generated.value == pytest.approx((60 + 60 + 20 + 110) / 4)
    assert (one.dollars, two.dollars) == (None, None)


def test_each_round_tells_what_was_reached_by_its_end() -> None:
    (summary,) = summarise(RESULTS)
    first, second = summary.standings[0].rounds
    assert (first.correct.value, first.seen, first.generated.value) == (0.25, 4, 20.0)
    assert math.isclose(first.false_accepts.value, 0.0)
    assert (second.solved.value, second.correct.value, second.seen) == (0.75, 0.5, 3)


def test_policies_are_compared_in_the_runs_that_both_made() -> None:
    (summary,) = summarise(RESULTS)
    (against,) = summary.ratios
    assert (against.policy, against.other, against.runs) == ("two", "one", 3)
    assert against.times.value == 0.5


def test_the_curve_ends_with_all_that_was_begun_within_the_budget() -> None:
    late = result("e", generated=120)
    (summary,) = summarise([*RESULTS[:4], late])
    curve = {point.tokens: point for point in summary.standings[0].curve}
    assert curve[0].solved == curve[18].solved == 0
    assert curve[20].correct == pytest.approx(1 / 5)
    assert curve[60].solved == pytest.approx(3 / 5)
    assert curve[100].solved == pytest.approx(4 / 5)


def test_suites_models_and_budgets_are_never_mixed() -> None:
    others = [result(suite="t"), result(model="n"), result(budget=200)]
    summaries = summarise([*RESULTS, *others])
    assert len(summaries) == 4
    text = as_markdown(summaries)
    assert text.count("## ") == 4
    assert "curves-4.svg" in text


def test_without_hidden_tests_nothing_is_said_to_be_correct() -> None:
    (summary,) = summarise([result(correct=None), result("b", "two", correct=None)])
    assert not summary.hidden
    assert "against" not in as_markdown([summary])
    assert "| -" in as_markdown([summary])
    json.dumps(as_data([summary]), allow_nan=False)


def test_names_are_shown_as_they_are_in_a_picture() -> None:
    (summary,) = summarise([result(policy="<a & b>", suite="<s>")])
    picture = ElementTree.fromstring(draw(summary))
    assert "<a & b>" in {text.text for text in picture.findall("{*}text")}
    assert "<a & b>" in in_terminal(summary, 80)


texts = st.text(max_size=20)
results = st.builds(
    result,
    texts,
    texts,
    st.integers(0, 9),
    solved=st.booleans(),
    correct=st.sampled_from([None, True, False]),
    generated=st.integers(0, 10**6),
    by_round=st.lists(st.integers(0, 100), max_size=5).map(tuple),
    code=texts,
)


@given(st.lists(results, max_size=5), st.integers(0, 200))
def test_what_was_written_is_read_again_however_the_file_ends(
    tmp_path_factory: pytest.TempPathFactory, written: list[Result], torn: int
) -> None:
    file = Results(tmp_path_factory.mktemp("out"))
    for each in written:
        file.append(each)
    assert file.read() == {each.run: each for each in written}
    if written:
        whole = file.path.read_bytes()
        file.path.write_bytes(whole[: len(whole) - torn] if torn < len(whole) else b"")
    last = result("last")
    file.append(last)
    assert file.read()[last.run] == last


@settings(max_examples=40)
@given(st.lists(results, min_size=1, max_size=6))
def test_a_summary_of_any_results_can_be_told(some: list[Result]) -> None:
    summaries = summarise({each.run: each for each in some}.values(), times=20)
    json.dumps(as_data(summaries), allow_nan=False)
    as_markdown(summaries)
    for summary in summaries:
        ElementTree.fromstring(draw(summary))
