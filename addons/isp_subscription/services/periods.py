"""Calendar of a subscription: anchor days that never drift, half-open periods, prorating.

All dates are calendar dates of the company (no time, no zone). A period is half-open,
``[start, end)``: its ``end`` is the start of the next one. The anchor day is 1 to 31; in a
shorter month the cut falls on the last day of that month, and every date is computed from
the anchor and the month, never from the previous date, so 31 -> 28 -> 31.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .money import Amount, to_money


class Period(NamedTuple):
    """Half-open range of days ``[start, end)``."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def _check_anchor(anchor: int) -> None:
    if not 1 <= anchor <= 31:
        raise ValueError(f"anchor day out of range: {anchor}")


def cut_of_month(year: int, month: int, anchor: int) -> date:
    """Return the cut of one month: the anchor day, or the last day of a shorter month."""
    _check_anchor(anchor)
    return date(year, month, min(anchor, monthrange(year, month)[1]))


def next_cut(day: date, anchor: int) -> date:
    """Return the first cut strictly after ``day``."""
    cut = cut_of_month(day.year, day.month, anchor)
    if cut > day:
        return cut
    return cut_of_month(day.year + day.month // 12, day.month % 12 + 1, anchor)


def previous_cut(day: date, anchor: int) -> date:
    """Return the last cut on or before ``day``."""
    cut = cut_of_month(day.year, day.month, anchor)
    if cut <= day:
        return cut
    month0 = day.month - 2
    return cut_of_month(day.year + month0 // 12, month0 % 12 + 1, anchor)


def reference_period(day: date, anchor: int) -> Period:
    """Return the whole anchored period that contains ``day`` (the denominator of a prorate)."""
    return Period(previous_cut(day, anchor), next_cut(day, anchor))


def add_months(start: date, months: int, anchor: int) -> date:
    """Return the cut after ``months`` periods from ``start``; an incomplete one counts as one."""
    end = start
    for _index in range(months):
        end = next_cut(end, anchor)
    return end


def next_periods(
    start: date, anchor: int, count: int, taken: Iterable[tuple[date, date]] = ()
) -> list[Period]:
    """Return the first ``count`` periods from ``start`` that are not ``taken``.

    A period that would run into a taken one ends where that one starts.
    """
    busy = sorted(taken)
    periods: list[Period] = []
    day = start
    while len(periods) < count:
        inside = [end for begin, end in busy if begin <= day < end]
        if inside:
            day = max(inside)
            continue
        end = min([next_cut(day, anchor)] + [begin for begin, _end in busy if begin > day])
        periods.append(Period(day, end))
        day = end
    return periods


def next_months(
    start: date, anchor: int, months: int, taken: Iterable[tuple[date, date]] = ()
) -> list[Period]:
    """Return the periods from ``start`` that ``months`` months with days to bill consist of.

    A month whose days are partly taken gives a piece before and a piece after them and counts
    once; a month that is taken completely does not count. The first month may be incomplete.
    """
    busy = sorted(taken)
    periods: list[Period] = []
    seen: set[date] = set()
    day = start
    while True:
        period = next_periods(day, anchor, 1, busy)[0]
        month = previous_cut(period.start, anchor)
        if month not in seen and len(seen) == months:
            return periods
        seen.add(month)
        periods.append(period)
        day = period.end


def count_months(starts: Iterable[date], anchor: int) -> int:
    """Return how many anchored months the days ``starts`` lie in."""
    return len({previous_cut(day, anchor) for day in starts})


def periods_until(
    start: date, anchor: int, until: date, taken: Iterable[tuple[date, date]] = ()
) -> list[Period]:
    """Return the periods not ``taken`` that begin from ``start`` on and before ``until``."""
    busy = sorted(taken)
    periods: list[Period] = []
    day = start
    while True:
        period = next_periods(day, anchor, 1, busy)[0]
        if period.start >= until:
            return periods
        periods.append(period)
        day = period.end


def first_gap(start: date, taken: Iterable[tuple[date, date]]) -> date:
    """Return the first day from ``start`` on that lies in none of the ``taken`` periods."""
    day = start
    for begin, end in sorted(taken):
        if begin > day:
            break
        day = max(day, end)
    return day


def uncovered(start: date, end: date, taken: Iterable[tuple[date, date]]) -> list[Period]:
    """Return the parts of ``[start, end)`` that none of the ``taken`` ranges covers."""
    gaps: list[Period] = []
    day = start
    for begin, finish in sorted(taken):
        if begin >= end:
            break
        if begin > day:
            gaps.append(Period(day, begin))
        day = max(day, finish)
    if day < end:
        gaps.append(Period(day, end))
    return gaps


def cut_off(periods: Iterable[Period], end: date | None) -> list[Period]:
    """Return ``periods`` without the days from ``end`` on (``None``: unchanged)."""
    if end is None:
        return list(periods)
    return [Period(period.start, min(period.end, end)) for period in periods if period.start < end]


def prorate(amount: Amount, days: int, reference_days: int) -> Decimal:
    """Return ``amount * days / reference_days`` to the cent, half up.

    :raise ValueError: when the reference period has no days or the days do not fit in it.
    """
    if reference_days <= 0 or not 0 <= days <= reference_days:
        raise ValueError(f"cannot prorate {days} of {reference_days} days")
    return to_money(Decimal(str(amount)) * days / reference_days)


def period_amount(monthly_price: Amount, period: Period, anchor: int) -> Decimal:
    """Return the price of ``period``: the whole month, or its days in the anchored month."""
    reference = reference_period(period.start, anchor)
    if period == reference:
        return to_money(monthly_price)
    return prorate(monthly_price, period.days, reference.days)
