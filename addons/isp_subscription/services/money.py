"""Money on two decimals: every amount is rounded once, half up, and the parts always add up."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
Amount = Decimal | float | int | str


def to_money(value: Amount) -> Decimal:
    """Round ``value`` to cents, half up. Floats go through ``str`` so that 0.1 stays 0.1."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(CENT, rounding=ROUND_HALF_UP)


def settle_fifo(total_paid: Amount, dues: Sequence[Amount]) -> list[Decimal]:
    """Spread ``total_paid`` over ``dues``, the oldest (first) one first.

    Return the amount settled on each due, never more than the due itself. Money beyond the
    sum of all dues is not distributed: it belongs to the caller (credit balance).
    """
    left = max(to_money(total_paid), Decimal(0))
    settled = []
    for due in dues:
        part = min(left, max(to_money(due), Decimal(0)))
        settled.append(part)
        left -= part
    return settled


def affordable(credit: Amount, prices: Sequence[Amount]) -> int:
    """Return how many of the ``prices``, in order, ``credit`` pays completely."""
    left = to_money(credit)
    for count, price in enumerate(prices):
        left -= to_money(price)
        if left < 0:
            return count
    return len(prices)
