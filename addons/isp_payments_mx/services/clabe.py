"""CLABE, the 18 digit number of a Mexican bank account."""

from __future__ import annotations

_WEIGHTS = (3, 7, 1)


def check_digit(first_17: str) -> int:
    """Return the check digit of the first 17 digits.

    :raise ValueError: not 17 digits
    """
    if len(first_17) != 17 or not first_17.isascii() or not first_17.isdigit():
        raise ValueError("a CLABE starts with 17 digits")
    total = sum(int(digit) * _WEIGHTS[index % 3] % 10 for index, digit in enumerate(first_17))
    return -total % 10


def is_valid(clabe: str | None) -> bool:
    """Return whether ``clabe`` has 18 digits and the right check digit."""
    if not clabe or len(clabe) != 18 or not clabe.isascii() or not clabe.isdigit():
        return False
    return int(clabe[17]) == check_digit(clabe[:17])


def groups(clabe: str) -> list[str]:
    """Return bank, place and account in short groups, as people copy them."""
    return [part for part in (clabe[:3], clabe[3:6], *fours(clabe[6:])) if part]


def fours(digits: str) -> list[str]:
    """Return ``digits`` in groups of four."""
    return [digits[start : start + 4] for start in range(0, len(digits), 4)]
