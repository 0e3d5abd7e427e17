"""On which day a direct debit charges a card.

All dates are calendar dates of the company (no time, no zone). The customer agrees to a day of the
month, 1 to 31; in a shorter month it is the last one. The day stays near the due date of what is
charged: ``early`` days before it at most, ``late`` days after it at most.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def _check_day(day: int) -> None:
    if not 1 <= day <= 31:
        raise ValueError(f"day of the month out of range: {day}")


def day_of_month(year: int, month: int, day: int) -> date:
    """Return ``day`` of a month, or the last day of a shorter one."""
    _check_day(day)
    return date(year, month, min(day, monthrange(year, month)[1]))


def _around(due: date, day: int) -> list[date]:
    """Return ``day`` of the month before ``due``, of its month and of the month after."""
    first = due.replace(day=1)
    months = (first - timedelta(days=1), first, first + timedelta(days=32))
    return [day_of_month(month.year, month.month, day) for month in months]


def charge_date(due: date, day: int, early: int, late: int) -> date:
    """Return the day on which what is due on ``due`` is charged.

    The agreed ``day`` of the month that is nearest to the due date (the earlier one of two), never
    outside the days allowed before and after it.

    :param early: most days before the due date
    :param late: most days after the due date
    """
    nearest = min(_around(due, day), key=lambda found: (abs((found - due).days), found))
    return min(max(nearest, due - timedelta(days=early)), due + timedelta(days=late))


def offered_days(due: date, early: int, late: int) -> list[int]:
    """Return the days of the month a customer may agree to, in the order of the calendar.

    Every day that `charge_date` gives back as it is; a day is offered once.
    """
    days: list[int] = []
    for offset in range(-early, late + 1):
        day = (due + timedelta(days=offset)).day
        if day not in days:
            days.append(day)
    return days


def earliest_charge(wanted: date, told: date, notice_days: int) -> date:
    """Return the first day of a charge announced on ``told``: not before the notice is old enough.

    :param wanted: the day by the rule
    :param told: day on which the customer was told
    :param notice_days: calendar days between notice and charge (LFPC art. 76 Bis: 5)
    """
    return max(wanted, told + timedelta(days=notice_days))
