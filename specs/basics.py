"""First steps: small functions that any model should manage, the embedded one included."""

from pseudocode import pseudo_function


@pseudo_function
def calculate_interesting_sum(a: int, b: int, c: int) -> int:
    """Add the three numbers and multiply the result by two.

    Examples
    --------
    >>> calculate_interesting_sum(2, 4, 6)
    24
    >>> calculate_interesting_sum(1, 2, 1)
    8
    >>> calculate_interesting_sum(1, 2, 3)
    12
    """


@pseudo_function
def is_leap_year(year: int) -> bool:
    """Tell whether the year is a leap year: divisible by 4, but not by 100 unless also by 400.

    >>> is_leap_year(2024)
    True
    >>> is_leap_year(2023)
    False
    >>> is_leap_year(1900)
    False
    >>> is_leap_year(2000)
    True
    """


@pseudo_function
def celsius_to_fahrenheit(celsius: float) -> float:
    """Convert a temperature: multiply by 9, divide by 5, add 32.

    >>> celsius_to_fahrenheit(0)
    32.0
    >>> celsius_to_fahrenheit(100)
    212.0
    >>> celsius_to_fahrenheit(-40)
    -40.0
    """


@pseudo_function
def count_vowels(text: str) -> int:
    """Return how many letters of the text are vowels (a, e, i, o, u), in either case.

    >>> count_vowels("hello")
    2
    >>> count_vowels("AEIOU and y")
    6
    >>> count_vowels("")
    0
    """


@pseudo_function
def is_palindrome(text: str) -> bool:
    """Check if the text reads the same forwards and backwards.

    >>> is_palindrome("level")
    True
    >>> is_palindrome("python")
    False
    >>> is_palindrome("")
    True
    """


@pseudo_function
def clamp(value: float, low: float, high: float) -> float:
    """Return value, but never less than low and never more than high.

    >>> clamp(5, 0, 10)
    5
    >>> clamp(-3, 0, 10)
    0
    >>> clamp(99, 0, 10)
    10
    """


@pseudo_function
def average(numbers: list[float]) -> float:
    """Return the mean of the numbers, or 0.0 if there are none.

    >>> average([1, 2, 3])
    2.0
    >>> average([2.5])
    2.5
    >>> average([])
    0.0
    """


@pseudo_function
def digit_sum(number: int) -> int:
    """Add up the decimal digits of a number that is not negative.

    >>> digit_sum(123)
    6
    >>> digit_sum(0)
    0
    >>> digit_sum(9999)
    36
    """


@pseudo_function
def factorial(n: int) -> int:
    """Return the product of all whole numbers from 1 to n; 1 for 0.

    >>> factorial(5)
    120
    >>> factorial(0)
    1
    >>> factorial(1)
    1
    """


@pseudo_function
def initials(name: str) -> str:
    """Return the first letter of each word of the name, in upper case.

    >>> initials("ada lovelace")
    'AL'
    >>> initials("Grace Brewster Hopper")
    'GBH'
    """
