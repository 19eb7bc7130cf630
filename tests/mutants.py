"""Code changed in one place, always the same one, so that it says something else."""

from __future__ import annotations

import ast

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult,
}  # fmt: skip


def mutant(source: str, name: str) -> str:
    """A module in which one function is changed: a comparison, an operation, a number, a return."""
    tree = ast.parse(source)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    nodes = [n for statement in function.body for n in ast.walk(statement)]
    assert any(map(_compare, nodes)) or any(map(_operate, nodes)) or any(map(_return, nodes))
    return ast.unparse(tree)


def _compare(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        node.ops[0] = _COMPARISONS[type(node.ops[0])]()
    return isinstance(node, ast.Compare)


def _operate(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _OPERATORS:
        node.op = _OPERATORS[type(node.op)]()
        return True
    return False


def _return(node: ast.AST) -> bool:
    if isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    return isinstance(node, ast.Return)
