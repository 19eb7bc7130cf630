from __future__ import annotations

import re

import pytest

from pseudocode.providers.grammar import DEPTH, FUNCTION_BODY

RULES = dict(line.split(" ::= ", 1) for line in FUNCTION_BODY.split("\n") if line)
_LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]')


def names_in(rule: str) -> set[str]:
    return set(re.findall(r"[a-z]+\d*", _LITERAL.sub(" ", RULES[rule])))


def test_every_rule_that_is_used_is_there() -> None:
    assert set.union(*map(names_in, RULES)) <= set(RULES)


def test_every_rule_is_reached_from_the_root() -> None:
    reached, new = {"root"}, {"root"}
    while new:
        new = set.union(*map(names_in, new)) - reached
        reached |= new
    assert reached == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_brackets_of_a_rule_are_balanced(rule: str) -> None:
    bare = _LITERAL.sub(" ", RULES[rule])
    assert bare.count("(") == bare.count(")")
    assert '"' not in bare


def test_blocks_nest_to_the_depth_and_no_deeper() -> None:
    assert f"stmt{DEPTH}" in RULES
    assert f"stmt{DEPTH + 1}" not in RULES
    for depth in range(1, DEPTH + 1):
        indents = {len(m) for m in re.findall(r'"( +)', RULES[f"stmt{depth}"])}
        assert 4 * depth in indents
        assert max(indents) == 4 * depth


def test_a_body_ends_with_a_return_at_its_own_level() -> None:
    assert RULES["root"].endswith('"    return " expr "\\n"')
    assert "return" not in _LITERAL.findall(RULES["stmt1"])
