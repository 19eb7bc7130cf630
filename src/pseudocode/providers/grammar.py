"""A grammar for the body of a Python function, as llama.cpp's servers take it (GBNF).

A small model that is free to answer anything spends most of its tokens on prose, docstrings and
repetitions. Held to indented statements that end with a `return`, it writes code, and stops.
"""

from __future__ import annotations

DEPTH = 4
"""How deep blocks can be nested."""

# No statement begins with the letters of `def`: a helper that cannot be written leads nowhere.
_EXPRESSIONS = r"""
simple ::= plain | "return" (" " expr)? | "break" | "continue"
plain ::= target (" = " | " += " | " -= " | " *= " | " //= ") expr | call | raise | import
raise ::= "raise " name "(" inner ")"
import ::= "import " name | "from " name " import " name
call ::= first "(" inner ")"
target ::= first ("[" inner "]")* (", " place)*
first ::= start ("." name)*
start ::= [abceg-zA-Z_] tail | "d" ([a-df-zA-Z0-9_] tail)? | "de" ([a-eg-zA-Z0-9_] tail)? | "f" tail
tail ::= [a-zA-Z0-9_]*
place ::= dotted ("[" inner "]")*
dotted ::= name ("." name)*
name ::= [a-zA-Z_] [a-zA-Z0-9_]*
expr ::= atom+
inner ::= (atom | ":")*
atom ::= [a-zA-Z0-9_ .,+*/%<>=!&|^~@-] | "(" inner ")" | "[" inner "]" | "{" inner "}" | string
string ::= "\"" ([^"\\\n] | "\\" [^\n])* "\"" | "'" ([^'\\\n] | "\\" [^\n])* "'"
"""


def _block(depth: int) -> str:
    margin = "    " * depth
    simple = "plain" if depth == 1 else "simple"
    forms = [f'"{margin}" {simple} "\\n"']
    if depth < DEPTH:
        inner = f"stmt{depth + 1}+"
        forms += [
            f'"{margin}if " expr ":\\n" {inner} ("{margin}elif " expr ":\\n" {inner})* '
            f'("{margin}else:\\n" {inner})?',
            f'"{margin}for " target " in " expr ":\\n" {inner}',
            f'"{margin}while " expr ":\\n" {inner}',
            f'"{margin}try:\\n" {inner} "{margin}except " name ":\\n" {inner}',
        ]
    return f"stmt{depth} ::= {' | '.join(forms)}"


FUNCTION_BODY = "\n".join(
    [
        'root ::= stmt1* "    return " expr "\\n"',
        *(_block(depth) for depth in range(1, DEPTH + 1)),
        _EXPRESSIONS,
    ]
)
"""Indented statements up to the first `return` at the function's own level."""
