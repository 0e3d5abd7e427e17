"""Date ranges of the portal: this week, this month, the period of consumption. Local dates."""

from calendar import monthrange
from datetime import date, timedelta


def anchor_date(year: int, month: int, anchor_day: int) -> date:
    """Return the anchor day of a month; day 31 falls on the last day of shorter months."""
    return date(year, month, min(anchor_day, monthrange(year, month)[1]))


def cutoff_range(today: date, anchor_day: int) -> tuple[date, date]:
    """Return the days from the last corte to today."""
    start = anchor_date(today.year, today.month, anchor_day)
    if start > today:
        before = today.replace(day=1) - timedelta(days=1)
        start = anchor_date(before.year, before.month, anchor_day)
    return start, today


def calendar_range(today: date) -> tuple[date, date]:
    """Return the days of this calendar month up to today."""
    return today.replace(day=1), today


def month_range(today: date) -> tuple[date, date]:
    """Return one month of days that ends today; it always holds the week."""
    before = today.replace(day=1) - timedelta(days=1)
    start = anchor_date(before.year, before.month, today.day) + timedelta(days=1)
    return min(start, today - timedelta(days=27)), today


def week_range(today: date) -> tuple[date, date]:
    """Return seven days that end today."""
    return today - timedelta(days=6), today


def days(first: date, last: date) -> list[date]:
    """Return every day of a range, both ends included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
