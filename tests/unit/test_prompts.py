from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from pseudocode.events import Case, Commented, Rejected, SuiteFinished
from pseudocode.policy import plan
from pseudocode.prompts import MAX_FAILURES_SHOWN, MAX_TEXT, feedback, messages, prefill
from pseudocode.session import Session
from tests.making import (
    ADD,
    MINUS,
    RIGHT,
    fenced,
    found_in,
    report_of,
    round_of,
    session_of,
    spec_of,
)


def prompt(session: Session) -> str:
    """The last message that would be sent next."""
    return messages(session, plan(session))[-1].content


def told(session: Session) -> str:
    """The feedback on the best candidate."""
    assert session.best is not None
    return feedback(session, session.best)


def failed_with(*cases: Case, error: str = "") -> Session:
    session = session_of()
    round_of(session, MINUS)
    session.append(SuiteFinished(candidate=0, cases=cases, error=error))
    return session


def test_the_first_prompt_holds_the_declaration_and_what_surrounds_it() -> None:
    spec = spec_of("import math\nLIMIT = 3\n" + ADD)
    sent = messages(session_of(spec), plan(session_of(spec)))
    assert [message.role for message in sent] == ["system", "user"]
    assert spec.stub in sent[1].content
    assert "import math\nLIMIT = 3" in sent[1].content


def test_specs_that_may_be_called_are_told_and_their_examples_are_not() -> None:
    other = "@pseudo_function\ndef half(x: int) -> int:\n    '''Half of it.\n\n"
    other += "    >>> half(4711)\n    2355\n    '''\n"
    found = found_in(other + "@pseudo_function\n" + ADD.replace("add(1, 2)", "add(half(2), 2)"))
    spec = found.specs[1]
    around = replace(spec.around, served=(("half", "def half(x): return x // 2"),))
    for style in ("chat", "prefill"):
        sent = messages(session_of(replace(spec, around=around), style=style), plan(session_of()))
        text = "\n".join(message.content for message in sent)
        assert "half(x: int) -> int" in text
        assert "4711" not in text
        assert "x // 2" not in text
    alone = messages(session_of(spec), plan(session_of()))[-1].content
    assert "def half" not in alone


def test_what_the_code_may_import_is_said() -> None:
    assert "requests" in prompt(session_of(spec_of(options="requires=['requests']")))
    assert "requests" not in prompt(session_of())


def test_no_host_or_variable_goes_to_the_model_by_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "very-secret")
    session = session_of(spec_of(options="env=['TOKEN']"))
    assert "very-secret" not in prompt(session)


def test_comments_before_the_first_round_are_kept_in_mind() -> None:
    session = session_of()
    session.append(Commented(text="no loops"))
    assert "- no loops" in prompt(session)


def test_a_fresh_start_forgets_the_answers_and_keeps_the_comments() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text="no loops"))
    round_of(session, MINUS, reason="comment", counted=False)
    round_of(session, MINUS, reason="repair")
    sent = messages(session, plan(session))
    assert plan(session).reason == "fresh"
    assert len(sent) == 2
    assert "no loops" in sent[1].content
    assert MINUS not in sent[1].content


def test_a_repair_extends_the_conversation_word_for_word() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    assert session.round is not None
    sent = messages(session, plan(session))
    assert sent[: len(session.round.messages)] == session.round.messages
    assert [m.role for m in sent[-2:]] == ["assistant", "user"]
    assert sent[-2].content == fenced(MINUS)


def test_the_feedback_carries_call_expected_and_got() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "7")
    assert "1 of 2 examples pass" in told(session)
    assert ">>> add(1, 2)\nexpected: 3\ngot: -1" in told(session)
    assert "add(3, 4)" not in told(session)


def test_an_unexpected_exception_is_what_was_got() -> None:
    case = Case(
        call="add(1, 2)", outcome="error", expected="3", error="KeyError: 1\nline 2, in add"
    )
    assert "got: KeyError: 1\nline 2, in add" in told(failed_with(case))


def test_an_example_without_output_expects_no_exception() -> None:
    case = Case(call="add(1, 2)", outcome="error", error="KeyError: 1")
    assert "expected: (no exception)" in told(failed_with(case))


def test_only_the_smallest_failures_are_shown() -> None:
    calls = [f"add({'1' * n}, 2)" for n in (9, 1, 5, 3)]
    text = told(failed_with(*(Case(call=c, outcome="failed", expected="3") for c in calls)))
    assert text.count(">>>") == MAX_FAILURES_SHOWN
    assert calls[1] in text
    assert calls[3] in text


def test_long_values_are_cut_in_the_middle() -> None:
    case = Case(call="add(1, 2)", outcome="failed", expected="3", got="a" * 5000 + "END")
    text = told(failed_with(case))
    assert len(text) < 2 * MAX_TEXT
    assert "…" in text
    assert "END" in text


def test_a_pass_that_broke_off_says_why() -> None:
    assert "time limit" in told(failed_with(error="the time limit of 10 s was reached"))


def test_skipped_examples_are_not_counted() -> None:
    cases = Case(call="a", outcome="skipped"), Case(call="b", outcome="failed", expected="3")
    assert "0 of 1 examples pass" in told(failed_with(*cases))


def test_faults_are_the_feedback_of_code_that_cannot_be_used() -> None:
    session = session_of()
    round_of(session, MINUS, faults=("SyntaxError: invalid syntax",))
    assert "- SyntaxError: invalid syntax" in told(session)


def test_remarks_come_before_the_verdict() -> None:
    session = session_of()
    round_of(session, MINUS, "-1", "-1")
    session.append(Commented(text="add, do not subtract"))
    session.append(Rejected(reason="and no tricks"))
    text = told(session)
    assert text.index("add, do not") < text.index("and no tricks") < text.index(">>>")


def test_a_comment_on_code_that_had_nothing_to_pass_speaks_of_no_examples() -> None:
    spec = spec_of("def add(a: int, b: int) -> int:\n    '''Add.'''\n")
    session = session_of(spec)
    round_of(session, RIGHT)
    session.append(report_of(spec))
    session.append(Commented(text="shorter"))
    assert "shorter" in told(session)
    assert "0 of 0" not in told(session)


def test_an_empty_answer_is_not_sent_back_empty() -> None:
    session = session_of()
    round_of(session, MINUS, faults=("nothing",))
    assert session.best is not None
    assert all(message.content for message in messages(session, plan(session)))


def test_a_model_that_continues_texts_gets_the_start_of_the_answer() -> None:
    spec = spec_of("import math\n" + ADD)
    session = session_of(spec, style="prefill")
    sent = messages(session, plan(session))
    assert [message.role for message in sent] == ["user", "assistant"]
    assert "add(1, 2) == 3" in sent[0].content
    assert "Add two numbers." in sent[0].content
    assert sent[1].content == f"```python\nimport math\n\n{spec.signature}:\n" == prefill(spec)
    code = prefill(spec).removeprefix("```python\n") + "    return a + b\n"
    assert ast.parse(code).body


def test_what_variables_held_is_told_from_the_second_round_on() -> None:
    case = Case(call="add(1, 2)", outcome="error", error="KeyError: 1", locals=("a = 1", "b = 2"))
    session = failed_with(case)
    assert "where a = 1" not in told(session)
    round_of(session, RIGHT, reason="repair")
    session.append(SuiteFinished(candidate=0, cases=(case,)))
    assert "KeyError: 1\nwhere a = 1, b = 2" in told(session)
