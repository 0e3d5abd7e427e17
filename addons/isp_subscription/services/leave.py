"""Going away for a while or for good: dates of a pause, balance of a final statement."""

from calendar import isleap
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from .money import Amount, to_money


def next_year(day: date) -> date:
    """Return the same day one year later; 29 February becomes 28 February."""
    if day.month == 2 and day.day == 29 and not isleap(day.year + 1):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)


def balance_of(amounts: Iterable[Amount]) -> Decimal:
    """Return the sum of statement lines: positive is owed, negative is to be refunded."""
    return sum((to_money(amount) for amount in amounts), Decimal(0))
