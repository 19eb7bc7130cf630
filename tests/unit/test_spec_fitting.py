from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.spec.fitting import fitted, shape
from pseudocode.spec.model import Spec
from tests.making import spec_of


def wanted(signature: str, before: str = "") -> Spec:
    return spec_of(f'{before}{signature}:\n    """Do it.\n\n    >>> 1\n    1\n    """\n')


def fit(code: str, old: str, new: str, context: str = "", before: str = "") -> str | None:
    return fitted(code, f"{old}:\n    ...\n", context, wanted(new, before))


def test_what_is_declared_alike_stays_as_it_was_written() -> None:
    code = "def f(a):\n    # why\n    return  a\n"
    assert fit(code, "def f(a)", "def f(a)") == code


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(a):\n    return f(a - 1)", "def g(b):\n    return g(b - 1)"),
        ("def f(a):\n    return f(a=a)", "def g(b):\n    return g(b=b)"),
        ("def f(a):\n    return h(a=a)", "def g(b):\n    return h(a=b)"),
        ("def f(a):\n    a += 1\n    return x.a.f", "def g(b):\n    b += 1\n    return x.a.f"),
        ("def f(a):\n    return f'{a!r}'", "def g(b):\n    return f'{b!r}'"),
        ("def f(a):\n    return [c for c in a]", "def g(b):\n    return [c for c in b]"),
        (
            "def help():\n    return f\n\ndef f(a):\n    return a",
            "def help():\n    return g\n\ndef g(b):\n    return b",
        ),
        ("def f(a, n=a):\n    return a", "def g(b, n=a):\n    return b"),
    ],
)
def test_names_are_changed_where_they_are_meant(code: str, expected: str) -> None:
    assert (fit(code, "def f(a)", "def g(b)") or "").strip() == expected


@pytest.mark.parametrize(
    "code",
    [
        "def f(a):\n    b = 1\n    return a + b",
        "def f(a):\n    g = 1\n    return a + g",
        "def f(a):\n    f = 1\n    def f(): pass\n    return a",
        "def f(a):\n    return (lambda a: a)(a)",
        "def f(a):\n    def inner():\n        nonlocal a\n    return a",
        "import g\n\ndef f(a):\n    return a",
        "f = lambda a: a",
        "def f(a:\n",
        "def f(a):\n    import b\n    return a",
    ],
)
def test_what_could_change_its_meaning_is_not_renamed(code: str) -> None:
    assert fit(code, "def f(a)", "def g(b)") is None


def test_parameters_may_change_places() -> None:
    code = "def f(a, b):\n    return a - b"
    assert fit(code, "def f(a, b)", "def f(b, a)") == "def f(b, a):\n    return b - a\n"


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ("def f(a: int)", "def f(a: float)", True),
        ("def f(a: int)", "def f(a: str)", False),
        ("def f(a)", "def f(a: str)", True),
        ("def f(a: List[int])", "def f(a: list[str])", True),
        ("def f(a: list[int])", "def f(a: Iterable[int])", True),
        ("def f(a: int | None)", "def f(a: Optional[int])", True),
        ("def f(a: 'int')", "def f(a: Any)", True),
        ("def f(a: dict)", "def f(a: list)", False),
        ("def f(a) -> int", "def f(a) -> str", False),
        ("def f(a)", "async def f(a)", False),
        ("def f(a)", "def f(a, b)", False),
        ("def f(a)", "def f(*a)", False),
        ("def f(a)", "def f(a, /)", False),
        ("def f(*, a)", "def f(*, b)", False),
        ("def f(*, a)", "def f(*, a)", True),
    ],
)
def test_what_fits(old: str, new: str, fits: bool) -> None:
    code = f"{old}:\n    return 1\n"
    assert (fit(code, old, new) is not None) is fits


def test_imports_that_the_old_module_had_come_along() -> None:
    context = (
        "import re, json\nfrom math import floor as down\nfrom . import near\nimport os.path\n"
    )
    code = "def f(a):\n    return re.sub(down(a), near, os.sep)\n"
    found = fit(code, "def f(a)", "def f(a)", context, "import os\n")
    assert found == f"import re\nfrom math import floor as down\n\n{code}"


def test_a_class_is_renamed_and_keeps_its_methods() -> None:
    old = "class A:\n    def m(self): ...\n"
    spec = Spec(
        kind="class",
        name="B",
        module="m",
        path="m.py",
        line=1,
        source="class B:\n    def m(self): ...\n",
    )
    code = "class A:\n    def m(self):\n        return A()\n"
    assert fitted(code, old, "", spec) == "class B:\n\n    def m(self):\n        return B()\n"
    assert fitted(code, old.replace(" m(", " n("), "", spec) is None


@given(st.text(), st.text())
def test_no_text_is_too_strange(code: str, stub: str) -> None:
    shape(stub)
    fitted(code, stub, code, wanted("def g(b)"))
