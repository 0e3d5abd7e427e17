"""Going away for a while or for good: dates of a pause, parts of a price, a final balance.

All dates are calendar dates of the company; ranges are half-open, ``[start, end)``: the first
day back, and the first day after a cancellation, are never part of the range.
"""

from calendar import isleap
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from .money import Amount, to_money
from .periods import Period, prorate, reference_period


def next_year(day: date) -> date:
    """Return the same day one year later; 29 February becomes 28 February."""
    if day.month == 2 and day.day == 29 and not isleap(day.year + 1):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)


def overlap_days(start: date, end: date, others: Iterable[tuple[date, date]]) -> int:
    """Return how many days of ``[start, end)`` lie in the ranges ``others``."""
    return sum(max((min(end, to) - max(start, begin)).days, 0) for begin, to in others)


def split_price(price: Amount, period: Period, day: date, anchor: int) -> tuple[Decimal, Decimal]:
    """Return ``(used, unused)`` of the ``price`` of ``period`` when the service ends on ``day``.

    The unused days from ``day`` on are prorated over the anchored period and rounded once; what
    was used is the rest, so that the two parts always add up to the price.

    :raise ValueError: when ``day`` lies outside of the period
    """
    if not period.start <= day <= period.end:
        raise ValueError(f"{day} is not in {period}")
    total = to_money(price)
    reference = reference_period(period.start, anchor)
    if day == period.start:
        return Decimal(0), total
    unused = prorate(price, (period.end - day).days, reference.days)
    return total - unused, unused


def balance_of(amounts: Iterable[Amount]) -> Decimal:
    """Return the sum of statement lines: positive is owed, negative is to be refunded."""
    return sum((to_money(amount) for amount in amounts), Decimal(0))
