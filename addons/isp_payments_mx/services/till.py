"""Arithmetic of a till: what the drawer should hold, what was counted, the change to give back.

Pure, on cents: every amount is a `Decimal` with two digits, rounded once, half up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
Amount = Decimal | float | int | str

#: What goes into the drawer and what comes out of it, by kind of movement.
SIGNS: Mapping[str, int] = {"in": 1, "out": -1, "reversal": -1}


def cents(value: Amount) -> Decimal:
    """Return ``value`` on two digits. Floats go through ``str`` so that 0.1 stays 0.1."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


def expected_cash(
    opening: Amount, taken: Iterable[Amount], moved: Iterable[tuple[str, Amount]]
) -> Decimal:
    """Return what the drawer holds: the float, the cash taken, movements in and out.

    :param taken: cash payments, those that were given back included (they also are movements)
    :param moved: ``(kind, amount)``, amounts positive, kinds of `SIGNS`
    :raise KeyError: for an unknown kind
    """
    total = cents(opening) + sum((cents(amount) for amount in taken), Decimal(0))
    return total + sum((SIGNS[kind] * cents(amount) for kind, amount in moved), Decimal(0))


def counted_cash(pieces: Iterable[tuple[Amount, int]]) -> Decimal:
    """Return the worth of ``(denomination, number of pieces)``.

    :raise ValueError: for a negative number of pieces
    """
    total = Decimal(0)
    for value, number in pieces:
        if number < 0:
            raise ValueError("a number of pieces is not negative")
        total += cents(value) * number
    return total


def change_due(amount: Amount, handed: Amount) -> Decimal:
    """Return what goes back to the customer, never less than nothing."""
    return max(cents(handed) - cents(amount), Decimal(0))


def denominations(text: str | None) -> list[Decimal]:
    """Return the notes and coins of a setting like "1000, 500, 0.50", the largest first.

    :raise ValueError: when a part is no amount above zero
    """
    found = set()
    for part in (text or "").replace(";", ",").split(","):
        if not part.strip():
            continue
        try:
            value = Decimal(part.strip())
        except InvalidOperation:
            raise ValueError(part.strip()) from None
        if not value.is_finite() or value <= 0 or value != cents(value):
            raise ValueError(part.strip())
        found.add(cents(value))
    return sorted(found, reverse=True)
