"""Honest solutions, which no wall may harm and hardly one may be suspected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent, indent

from tests.edges.hostile.corpus import Where

NO_PROCESSES: Where = ("landlock, root", "seccomp, files readable, root")
"""Root's threads and processes cannot be limited, unless Python can be read by another user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Honest:
    """A spec and a right solution for it."""

    name: str
    spec: str
    code: str
    options: Mapping[str, object] = field(default_factory=dict)
    machinery: bool = False
    """Whether it is here for the machinery it uses, which a reviewer is rightly told of."""
    fails: Where = ()
    """The isolations that have no room for it, as the README says; as in `Program`."""
    varies: Where = ()
    """Where it depends on how Python is installed."""


def solution(
    name: str,
    examples: str,
    code: str,
    *,
    machinery: bool = False,
    options: Mapping[str, object] | None = None,
    fails: Where = (),
    varies: Where = (),
) -> Honest:
    """A solution whose spec has the signature of its last function."""
    code = dedent(code).strip("\n") + "\n"
    signature = [line for line in code.splitlines() if line.startswith(("def ", "async def "))][-1]
    docstring = indent(f'"""It.\n\n{dedent(examples).strip()}\n"""', "    ")
    return Honest(
        name=name,
        spec=f"{signature}\n{docstring}\n",
        code=code,
        options=options or {},
        machinery=machinery,
        fails=fails,
        varies=varies,
    )


EVERYDAY = (
    solution(
        "clamp",
        """
        >>> clamp(5, 0, 3)
        3
        >>> clamp(-2, 0, 3)
        0
        >>> clamp(2, 0, 3)
        2
        """,
        """
        def clamp(x: int, low: int, high: int) -> int:
            return max(low, min(x, high))
        """,
    ),
    solution(
        "leap years",
        """
        >>> leap(2000)
        True
        >>> leap(1900)
        False
        >>> leap(2024)
        True
        """,
        """
        def leap(year: int) -> bool:
            return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        """,
    ),
    solution(
        "fizzbuzz",
        """
        >>> fizzbuzz(3)
        'fizz'
        >>> fizzbuzz(30)
        'fizzbuzz'
        >>> fizzbuzz(7)
        '7'
        """,
        """
        def fizzbuzz(n: int) -> str:
            return ("fizz" if n % 3 == 0 else "") + ("buzz" if n % 5 == 0 else "") or str(n)
        """,
    ),
    solution(
        "roman numerals",
        """
        >>> roman(1994)
        'MCMXCIV'
        >>> roman(4)
        'IV'
        >>> roman(2026)
        'MMXXVI'
        """,
        """
        VALUES = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
        SIGNS = "M CM D CD C XC L XL X IX V IV I".split()

        def roman(n: int) -> str:
            made = ""
            for value, sign in zip(VALUES, SIGNS):
                count, n = divmod(n, value)
                made += sign * count
            return made
        """,
    ),
    solution(
        "primes",
        """
        >>> primes(20)
        [2, 3, 5, 7, 11, 13, 17, 19]
        >>> primes(2)
        []
        """,
        """
        def primes(limit: int) -> list[int]:
            sieve = [True] * limit
            for n in range(2, int(limit ** 0.5) + 1):
                if sieve[n]:
                    sieve[n * n :: n] = [False] * len(range(n * n, limit, n))
            return [n for n in range(2, limit) if sieve[n]]
        """,
    ),
    solution(
        "greatest common divisor",
        """
        >>> gcd(12, 18)
        6
        >>> gcd(7, 0)
        7
        """,
        """
        def gcd(a: int, b: int) -> int:
            while b:
                a, b = b, a % b
            return a
        """,
    ),
    solution(
        "big numbers",
        """
        >>> power(7, 100) % 1000
        1
        >>> power(2, 200)
        1606938044258990275541962092341162602522202993782792835301376
        """,
        """
        def power(base: int, exponent: int) -> int:
            if exponent == 0:
                return 1
            half = power(base * base, exponent // 2)
            return half * base if exponent % 2 else half
        """,
    ),
    solution(
        "memoised recursion",
        """
        >>> fibonacci(90)
        2880067194370816120
        >>> fibonacci(10)
        55
        """,
        """
        from functools import cache

        @cache
        def fibonacci(n: int) -> int:
            return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
        """,
    ),
    solution(
        "recursion to the default depth",
        """
        >>> depth(900)
        900
        >>> depth(10)
        10
        """,
        """
        def depth(n: int) -> int:
            return 1 + depth(n - 1) if n else 0
        """,
    ),
    solution(
        "palindrome",
        """
        >>> palindrome("A man, a plan, a canal: Panama")
        True
        >>> palindrome("No")
        False
        """,
        """
        def palindrome(text: str) -> bool:
            letters = [c.casefold() for c in text if c.isalnum()]
            return letters == letters[::-1]
        """,
    ),
    solution(
        "counting words",
        """
        >>> count_words("b a b")
        {'b': 2, 'a': 1}
        >>> count_words("")
        {}
        """,
        """
        from collections import Counter

        def count_words(text: str) -> dict[str, int]:
            return dict(Counter(text.split()))
        """,
    ),
    solution(
        "slug",
        """
        >>> slug("Hello,  World!")
        'hello-world'
        >>> slug("Ärger & Söhne")
        'arger-sohne'
        """,
        """
        import re
        import unicodedata

        def slug(title: str) -> str:
            plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
            return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))
        """,
    ),
    solution(
        "caesar",
        """
        >>> caesar("Hello, abc", 3)
        'Khoor, def'
        >>> caesar(caesar("xyz", 5), -5)
        'xyz'
        """,
        """
        from string import ascii_lowercase as small, ascii_uppercase as large

        def caesar(text: str, shift: int) -> str:
            shift %= 26
            turned = small[shift:] + small[:shift] + large[shift:] + large[:shift]
            return text.translate(str.maketrans(small + large, turned))
        """,
    ),
    solution(
        "run lengths",
        """
        >>> run_lengths("aaabc")
        [('a', 3), ('b', 1), ('c', 1)]
        >>> run_lengths("")
        []
        """,
        """
        from itertools import groupby

        def run_lengths(text: str) -> list[tuple[str, int]]:
            return [(letter, len(list(group))) for letter, group in groupby(text)]
        """,
    ),
    solution(
        "letters as a set",
        """
        >>> letters("banana")
        {'a', 'b', 'n'}
        >>> letters("")
        set()
        """,
        """
        def letters(text: str) -> set[str]:
            return set(text)
        """,
    ),
    solution(
        "brackets",
        """
        >>> balanced("([]{})")
        True
        >>> balanced("(]")
        False
        >>> balanced("((")
        False
        """,
        """
        def balanced(text: str) -> bool:
            pairs, stack = {")": "(", "]": "[", "}": "{"}, []
            for sign in text:
                if sign in pairs.values():
                    stack.append(sign)
                elif sign in pairs and (not stack or stack.pop() != pairs[sign]):
                    return False
            return not stack
        """,
    ),
    solution(
        "binary search",
        """
        >>> position([1, 3, 5, 7], 5)
        2
        >>> position([1, 3], 4)
        -1
        """,
        """
        from bisect import bisect_left

        def position(numbers: list[int], sought: int) -> int:
            at = bisect_left(numbers, sought)
            return at if at < len(numbers) and numbers[at] == sought else -1
        """,
    ),
    solution(
        "merge of intervals",
        """
        >>> merged([(5, 7), (1, 3), (2, 4)])
        [(1, 4), (5, 7)]
        >>> merged([])
        []
        """,
        """
        def merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
            made: list[tuple[int, int]] = []
            for start, end in sorted(spans):
                if made and start <= made[-1][1]:
                    made[-1] = made[-1][0], max(end, made[-1][1])
                else:
                    made.append((start, end))
            return made
        """,
    ),
    solution(
        "quick sort",
        """
        >>> ordered([3, 1, 2, 3])
        [1, 2, 3, 3]
        >>> ordered([])
        []
        """,
        """
        def ordered(numbers: list[int]) -> list[int]:
            if not numbers:
                return []
            first, *rest = numbers
            less = [n for n in rest if n < first]
            return ordered(less) + [first] + ordered([n for n in rest if n >= first])
        """,
    ),
    solution(
        "change in place",
        """
        >>> numbers = [3, 1, 2]
        >>> sort_in_place(numbers)
        >>> numbers
        [1, 2, 3]
        """,
        """
        def sort_in_place(numbers: list[int]) -> None:
            numbers.sort()
        """,
    ),
    solution(
        "shortest way",
        """
        >>> steps({"a": ["b"], "b": ["c", "d"], "c": []}, "a", "d")
        2
        >>> steps({"a": []}, "a", "b") is None
        True
        """,
        """
        from collections import deque

        def steps(graph: dict[str, list[str]], start: str, goal: str) -> int | None:
            queue, seen = deque([(start, 0)]), {start}
            while queue:
                node, distance = queue.popleft()
                if node == goal:
                    return distance
                for after in graph.get(node, ()):
                    if after not in seen:
                        seen.add(after)
                        queue.append((after, distance + 1))
            return None
        """,
    ),
    solution(
        "heap",
        """
        >>> smallest([5, 1, 4, 2], 2)
        [1, 2]
        """,
        """
        import heapq

        def smallest(numbers: list[int], count: int) -> list[int]:
            return heapq.nsmallest(count, numbers)
        """,
    ),
    solution(
        "edit distance",
        """
        >>> distance("kitten", "sitting")
        3
        >>> distance("", "ab")
        2
        """,
        """
        def distance(a: str, b: str) -> int:
            row = list(range(len(b) + 1))
            for i, x in enumerate(a, 1):
                last, row[0] = row[0], i
                for j, y in enumerate(b, 1):
                    last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
            return row[-1]
        """,
    ),
    solution(
        "matrix",
        """
        >>> transposed([[1, 2], [3, 4], [5, 6]])
        [[1, 3, 5], [2, 4, 6]]
        """,
        """
        def transposed(rows: list[list[int]]) -> list[list[int]]:
            return [list(column) for column in zip(*rows, strict=True)]
        """,
    ),
    solution(
        "mean and deviation",
        """
        >>> summary([2.0, 4.0, 4.0, 6.0])
        (4.0, 1.4142135623730951)
        """,
        """
        import math
        import statistics

        def summary(numbers: list[float]) -> tuple[float, float]:
            mean = statistics.fmean(numbers)
            return mean, math.sqrt(sum((n - mean) ** 2 for n in numbers) / len(numbers))
        """,
    ),
    solution(
        "money",
        """
        >>> shares(Decimal("10.00"), 3)
        [Decimal('3.34'), Decimal('3.33'), Decimal('3.33')]
        """,
        """
        from decimal import Decimal

        def shares(total: Decimal, people: int) -> list[Decimal]:
            cents, rest = divmod(int(total * 100), people)
            return [Decimal(cents + (n < rest)) / 100 for n in range(people)]
        """,
    ),
    solution(
        "fractions",
        """
        >>> harmonic(4)
        Fraction(25, 12)
        """,
        """
        from fractions import Fraction

        def harmonic(n: int) -> Fraction:
            return sum((Fraction(1, k) for k in range(1, n + 1)), Fraction(0))
        """,
    ),
    solution(
        "dates",
        """
        >>> weekdays(date(2024, 2, 26), date(2024, 3, 4))
        5
        >>> weekdays(date(2024, 3, 2), date(2024, 3, 4))
        0
        """,
        """
        from datetime import date, timedelta

        def weekdays(start: date, end: date) -> int:
            days = (start + timedelta(n) for n in range((end - start).days))
            return sum(day.weekday() < 5 for day in days)
        """,
    ),
    solution(
        "zones",
        """
        >>> hour_in("2024-07-01T12:00:00+00:00", "Europe/Berlin")
        14
        >>> hour_in("2024-01-01T12:00:00+00:00", "Europe/Berlin")
        13
        """,
        """
        from datetime import datetime
        from zoneinfo import ZoneInfo

        def hour_in(moment: str, zone: str) -> int:
            return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).hour
        """,
    ),
    solution(
        "json",
        """
        >>> keys('{"a": {"b": 1}, "c": 2}')
        ['a', 'a.b', 'c']
        """,
        """
        import json

        def keys(text: str) -> list[str]:
            found = []

            def walk(value, prefix):
                for name, inner in value.items() if isinstance(value, dict) else ():
                    found.append(prefix + name)
                    walk(inner, f"{prefix}{name}.")

            walk(json.loads(text), "")
            return found
        """,
    ),
    solution(
        "table",
        """
        >>> totals("name,n\\\\na,1\\\\nb,2\\\\na,3\\\\n")
        {'a': 4, 'b': 2}
        """,
        """
        import csv
        import io

        def totals(text: str) -> dict[str, int]:
            made: dict[str, int] = {}
            for row in csv.DictReader(io.StringIO(text)):
                made[row["name"]] = made.get(row["name"], 0) + int(row["n"])
            return made
        """,
    ),
    solution(
        "markup",
        """
        >>> titles("<a><t>x</t><b><t>y</t></b></a>")
        ['x', 'y']
        """,
        """
        import xml.etree.ElementTree as tree

        def titles(text: str) -> list[str]:
            return [node.text for node in tree.fromstring(text).iter("t")]
        """,
    ),
    solution(
        "address",
        """
        >>> query("https://example.org/a?x=1&y=2&x=3")
        {'x': ['1', '3'], 'y': ['2']}
        """,
        """
        from urllib.parse import parse_qs, urlsplit

        def query(url: str) -> dict[str, list[str]]:
            return parse_qs(urlsplit(url).query)
        """,
    ),
    solution(
        "expressions",
        """
        >>> value("1 + 2 * (3 - 4)")
        -1.0
        >>> value("10 / 4")
        2.5
        """,
        """
        import ast
        import operator

        ACTS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
                ast.Div: operator.truediv}

        def value(text: str) -> float:
            def of(node):
                if isinstance(node, ast.BinOp):
                    return ACTS[type(node.op)](of(node.left), of(node.right))
                return float(node.value)

            return of(ast.parse(text, mode="eval").body)
        """,
    ),
    solution(
        "digest",
        """
        >>> digest("abc")[:8]
        'ba7816bf'
        """,
        """
        import hashlib

        def digest(text: str) -> str:
            return hashlib.sha256(text.encode()).hexdigest()
        """,
    ),
    solution(
        "packing",
        """
        >>> packed(1, 2)
        b'\\\\x00\\\\x01\\\\x00\\\\x00\\\\x00\\\\x02'
        """,
        """
        import struct

        def packed(a: int, b: int) -> bytes:
            return struct.pack(">HI", a, b)
        """,
    ),
    solution(
        "compression",
        """
        >>> unchanged("hello" * 100)
        True
        """,
        """
        import zlib

        def unchanged(text: str) -> bool:
            return zlib.decompress(zlib.compress(text.encode())).decode() == text
        """,
    ),
    solution(
        "errors that are wanted",
        """
        >>> half(4)
        2
        >>> half(3)
        Traceback (most recent call last):
            ...
        ValueError: 3 is odd
        """,
        """
        def half(n: int) -> int:
            if n % 2:
                raise ValueError(f"{n} is odd")
            return n // 2
        """,
    ),
    solution(
        "generator",
        """
        >>> list(windows([1, 2, 3], 2))
        [(1, 2), (2, 3)]
        >>> next(windows("abc", 3))
        ('a', 'b', 'c')
        """,
        """
        from collections import deque
        from collections.abc import Iterable, Iterator

        def windows(items: Iterable, size: int) -> Iterator[tuple]:
            kept = deque(maxlen=size)
            for item in items:
                kept.append(item)
                if len(kept) == size:
                    yield tuple(kept)
        """,
    ),
    solution(
        "endless generator",
        """
        >>> from itertools import islice
        >>> list(islice(collatz(6), 5))
        [6, 3, 10, 5, 16]
        """,
        """
        from collections.abc import Iterator

        def collatz(n: int) -> Iterator[int]:
            while True:
                yield n
                n = 3 * n + 1 if n % 2 else n // 2
        """,
    ),
    solution(
        "dataclass",
        """
        >>> moved(1, 2)
        Point(x=2, y=4)
        >>> moved(0, 0) == moved(0, 0)
        True
        """,
        """
        from dataclasses import dataclass, replace

        @dataclass(frozen=True, order=True, slots=True)
        class Point:
            x: int
            y: int = 0

        def moved(x: int, y: int) -> Point:
            point = Point(x, y)
            return replace(point, x=point.x + 1, y=point.y * 2)
        """,
    ),
    solution(
        "enumeration and matching",
        """
        >>> area({"kind": "circle", "r": 1})
        3.14
        >>> area({"kind": "square", "side": 3})
        9
        """,
        """
        from enum import StrEnum

        class Kind(StrEnum):
            CIRCLE = "circle"
            SQUARE = "square"

        def area(shape: dict) -> float:
            match shape:
                case {"kind": Kind.CIRCLE, "r": r}:
                    return round(3.14159 * r * r, 2)
                case {"kind": Kind.SQUARE, "side": side}:
                    return side * side
        """,
    ),
    solution(
        "decorator and closure",
        """
        >>> [step() for step in [counter(5)] * 3]
        [5, 6, 7]
        """,
        """
        from collections.abc import Callable

        def counter(start: int) -> Callable[[], int]:
            count = start - 1

            def step() -> int:
                nonlocal count
                count += 1
                return count

            return step
        """,
    ),
    solution(
        "context manager",
        """
        >>> order()
        ['in', 'body', 'out']
        """,
        """
        from contextlib import contextmanager

        def order() -> list[str]:
            told = []

            @contextmanager
            def noted():
                told.append("in")
                yield
                told.append("out")

            with noted():
                told.append("body")
            return told
        """,
    ),
    solution(
        "seeded chance",
        """
        >>> shuffled(5, 1) == shuffled(5, 1)
        True
        >>> sorted(shuffled(5, 2))
        [0, 1, 2, 3, 4]
        """,
        """
        import random

        def shuffled(n: int, seed: int) -> list[int]:
            numbers = list(range(n))
            random.Random(seed).shuffle(numbers)
            return numbers
        """,
    ),
    solution(
        "printing",
        """
        >>> triangle(3)
        *
        **
        ***
        """,
        """
        def triangle(rows: int) -> None:
            for n in range(rows):
                print("*" * (n + 1))
        """,
    ),
    solution(
        "text to columns",
        """
        >>> print(columns([("a", 1), ("bcd", 22)]))
        a    1
        bcd 22
        """,
        """
        def columns(rows: list[tuple[str, int]]) -> str:
            width = max(len(name) for name, _ in rows)
            return "\\n".join(f"{name:<{width}} {n:>2}" for name, n in rows)
        """,
    ),
    solution(
        "waiting for several",
        """
        >>> import asyncio
        >>> asyncio.run(doubled([3, 1, 2]))
        [6, 2, 4]
        """,
        """
        import asyncio

        async def one(n: int) -> int:
            await asyncio.sleep(n / 1000)
            return 2 * await asyncio.to_thread(abs, n)

        async def doubled(numbers: list[int]) -> list[int]:
            async with asyncio.timeout(5), asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(n)) for n in numbers]
            return [task.result() for task in tasks]
        """,
    ),
    solution(
        "temporary file",
        """
        >>> lines_of(["b", "a"])
        ['a', 'b']
        """,
        """
        import tempfile
        from pathlib import Path

        def lines_of(lines: list[str]) -> list[str]:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "lines.txt")
                path.write_text("\\n".join(lines))
                return sorted(path.read_text().split())
        """,
    ),
    solution(
        "database in memory",
        """
        >>> best([("a", 1), ("b", 3)])
        'b'
        """,
        """
        import sqlite3
        from contextlib import closing

        def best(rows: list[tuple[str, int]]) -> str:
            with closing(sqlite3.connect(":memory:")) as base:
                base.execute("create table t (name text, n int)")
                base.executemany("insert into t values (?, ?)", rows)
                return base.execute("select name from t order by n desc").fetchone()[0]
        """,
    ),
)

LIBRARIES = (
    solution(
        "numpy",
        """
        >>> solved([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0])
        [1.0, 1.0]
        """,
        """
        import numpy as np

        def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
            product = np.ones((300, 300)) @ np.ones((300, 300))
            assert product[0, 0] == 300
            return np.linalg.solve(np.array(matrix), np.array(right)).tolist()
        """,
    ),
    solution(
        "pandas",
        """
        >>> sums([("a", 1), ("b", 2), ("a", 3)])
        {'a': 4, 'b': 2}
        """,
        """
        import pandas as pd

        def sums(rows: list[tuple[str, int]]) -> dict[str, int]:
            table = pd.DataFrame(rows, columns=["name", "n"])
            return {name: int(n) for name, n in table.groupby("name")["n"].sum().items()}
        """,
    ),
    solution(
        "requests is imported",
        """
        >>> address("https://example.org", {"a": "1"})
        'https://example.org/?a=1'
        """,
        """
        import requests

        def address(url: str, given: dict[str, str]) -> str:
            return requests.Request("GET", url, params=given).prepare().url
        """,
        machinery=True,
    ),
    solution(
        "threads",
        """
        >>> squares(5)
        [0, 1, 4, 9, 16]
        """,
        """
        from concurrent.futures import ThreadPoolExecutor

        def squares(n: int) -> list[int]:
            with ThreadPoolExecutor(8) as pool:
                return list(pool.map(lambda x: x * x, range(n)))
        """,
    ),
)

PROCESSES = (
    solution(
        "processes",
        """
        >>> doubled(4)
        8
        """,
        """
        import multiprocessing

        def send(channel, n):
            channel.send(2 * n)

        def doubled(n: int) -> int:
            context = multiprocessing.get_context("fork")
            near, far = context.Pipe()
            child = context.Process(target=send, args=(far, n))
            child.start()
            try:
                return near.recv()
            finally:
                child.join()
        """,
        machinery=True,
        varies=NO_PROCESSES,
    ),
    solution(
        "pool of processes",
        """
        >>> absolutes([-1, 2, -3])
        [1, 2, 3]
        """,
        """
        import multiprocessing

        def absolutes(numbers: list[int]) -> list[int]:
            with multiprocessing.get_context("fork").Pool(2) as pool:
                return pool.map(abs, numbers)
        """,
        machinery=True,
        fails=("landlock",),
        varies=("seccomp, files readable",),
    ),
    solution(
        "another interpreter",
        """
        >>> told("3")
        '3'
        """,
        """
        import subprocess
        import sys

        def told(text: str) -> str:
            command = [sys.executable, "-I", "-c", f"print({text!r})"]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            return done.stdout.strip()
        """,
        machinery=True,
        varies=NO_PROCESSES,
    ),
)

SOLUTIONS = (*EVERYDAY, *LIBRARIES, *PROCESSES)
