"""Decimal arithmetic as SAT and Odoo do it: half-up, never binary floats."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal

MAX_DECIMALS = 6
_QUANTA = tuple(Decimal(1).scaleb(-digits) for digits in range(13))


def dec(value: Decimal | float | int | str) -> Decimal:
    """Return ``value`` as Decimal; floats go through ``repr`` so 0.1 stays 0.1."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def quantum(digits: int) -> Decimal:
    """The unit of the last decimal: 0.01 for two digits."""
    return _QUANTA[digits]


def half_up(value: Decimal | float | int | str, digits: int = 2) -> Decimal:
    """Round half away from zero to ``digits`` decimals: 0.5 x 333.33 is 166.67."""
    return dec(value).quantize(quantum(digits), rounding=ROUND_HALF_UP)


def cut(value: Decimal, digits: int = 2) -> Decimal:
    """Drop the decimals after ``digits``: SAT truncates the least amount of a payment."""
    return value.quantize(quantum(digits), rounding=ROUND_DOWN)


def fixed(value: Decimal | float | int | str, digits: int = 2) -> str:
    """Text with exactly ``digits`` decimals, without a minus sign on zero."""
    rounded = half_up(value, digits)
    return f"{rounded if rounded else abs(rounded):f}"


def trimmed(value: Decimal | float | int | str, least: int = 2, most: int = MAX_DECIMALS) -> str:
    """Text with up to ``most`` decimals and at least ``least``: 300.862069, 349.00."""
    text = fixed(value, most)
    whole, _dot, decimals = text.partition(".")
    kept = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{kept}" if kept else whole


def product_range(
    first: Decimal, second: Decimal, first_digits: int, second_digits: int | None, digits: int
) -> tuple[Decimal, Decimal]:
    """Limits that SAT allows for a product of two rounded factors.

    Each factor may be off by half a unit of its last decimal, ``second_digits`` None means
    that the second is exact; the lower limit is cut and the upper one rounded up to
    ``digits`` decimals.
    """
    slack_1 = quantum(first_digits) / 2
    slack_2 = Decimal(0) if second_digits is None else quantum(second_digits) / 2
    low = max(first - slack_1, Decimal(0)) * max(second - slack_2, Decimal(0))
    high = (first + slack_1) * (second + slack_2)
    return (
        low.quantize(quantum(digits), rounding=ROUND_DOWN),
        high.quantize(quantum(digits), rounding=ROUND_CEILING),
    )


def decimals_of(text: str) -> int:
    """Number of decimals written in ``text``."""
    return len(text.partition(".")[2])


def decimals_needed(value: Decimal) -> int:
    """Number of decimals that ``value`` needs: 1.50 needs one."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def ratio_up(first: Decimal, second: Decimal, digits: int) -> Decimal:
    """``first / second`` rounded up to ``digits``: dividing by it never gives too much."""
    return (first / second).quantize(quantum(digits), rounding=ROUND_CEILING)
