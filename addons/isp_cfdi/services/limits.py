"""SAT's limits for a product of two written numbers (Anexo 20 matrix)."""

from __future__ import annotations

from decimal import Decimal

from .rounding import decimals_of, product_range, quantum


def outside(first: str, second: str, amount: str) -> tuple[Decimal, Decimal] | None:
    """The limits of ``first`` x ``second`` when ``amount`` lies outside them, else None.

    An amount that is the product rounded to its own decimals is inside for certain, which
    saves the limits of nearly every line.
    """
    value, digits = Decimal(amount), decimals_of(amount)
    one, two = Decimal(first), Decimal(second)
    if abs(one * two - value) * 2 <= quantum(digits):
        return None
    low, high = product_range(one, two, decimals_of(first), decimals_of(second), digits)
    return None if low <= value <= high else (low, high)


def tax_outside(base: str, rate: str, amount: str) -> tuple[Decimal, Decimal] | None:
    """The limits of a tax when ``amount`` lies outside them: the rate itself is exact."""
    value, digits = Decimal(amount), decimals_of(amount)
    one, two = Decimal(base), Decimal(rate)
    if abs(one * two - value) * 2 <= quantum(digits):
        return None
    low, high = product_range(one, two, decimals_of(base), None, digits)
    return None if low <= value <= high else (low, high)
