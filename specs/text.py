"""Strings: counting, coding, cleaning."""

from pseudocode import pseudo_function


@pseudo_function
def word_lengths(sentence: str) -> dict[str, int]:
    """Map each word of the sentence to its length. Words are separated by white space.

    >>> word_lengths("the quick fox")
    {'the': 3, 'quick': 5, 'fox': 3}
    >>> word_lengths("")
    {}
    """


@pseudo_function
def caesar(text: str, shift: int) -> str:
    """Shift each letter along the alphabet, wrapping around; all other characters stay.

    Upper case stays upper case, lower case stays lower case.

    >>> caesar("abc", 1)
    'bcd'
    >>> caesar("Hello, World!", 3)
    'Khoor, Zruog!'
    >>> caesar("xyz", 3)
    'abc'
    >>> caesar("bcd", -1)
    'abc'
    """


@pseudo_function
def slugify(title: str) -> str:
    """Make a title fit for a URL.

    Lower case; accents are dropped from letters; every run of characters other than
    ASCII letters and digits becomes one hyphen; no hyphen at either end.

    >>> slugify("Hello, World!")
    'hello-world'
    >>> slugify("  Crème brûlée -- à la carte ")
    'creme-brulee-a-la-carte'
    >>> slugify("100% Python 3.11")
    '100-python-3-11'
    >>> slugify("!!!")
    ''
    """


@pseudo_function
def to_roman(number: int) -> str:
    """Write a number from 1 to 3999 in Roman numerals.

    >>> to_roman(4)
    'IV'
    >>> to_roman(1994)
    'MCMXCIV'
    >>> to_roman(3999)
    'MMMCMXCIX'
    >>> to_roman(0)
    Traceback (most recent call last):
    ValueError: number must be between 1 and 3999
    """
