"""Periods of the factura global, and the dates by which SAT wants a document."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

DAILY, WEEKLY, FORTNIGHTLY, MONTHLY, BIMONTHLY = "01", "02", "03", "04", "05"


@dataclass(frozen=True)
class GlobalPeriod:
    """Days from ``start`` to ``end`` (both inside) that one factura global covers."""

    kind: str
    start: datetime.date
    end: datetime.date

    @property
    def months(self) -> str:
        """c_Meses: 01 to 12, or 13 to 18 for two months."""
        if self.kind == BIMONTHLY:
            return f"{12 + self.end.month // 2:02d}"
        return f"{self.end.month:02d}"


def month_end(day: datetime.date) -> datetime.date:
    """The last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def period_of(day: datetime.date, kind: str) -> GlobalPeriod:
    """The period of ``kind`` (c_Periodicidad) that contains ``day``.

    A week ends with its month, because InformacionGlobal names one month only.
    """
    first, last = day.replace(day=1), month_end(day)
    if kind == DAILY:
        return GlobalPeriod(kind, day, day)
    if kind == WEEKLY:
        monday = day - datetime.timedelta(days=day.weekday())
        sunday = monday + datetime.timedelta(days=6)
        return GlobalPeriod(kind, max(monday, first), min(sunday, last))
    if kind == FORTNIGHTLY:
        middle = day.replace(day=15)
        if day <= middle:
            return GlobalPeriod(kind, first, middle)
        return GlobalPeriod(kind, middle + datetime.timedelta(days=1), last)
    if kind == BIMONTHLY:
        start = first.replace(month=first.month - (first.month - 1) % 2)
        return GlobalPeriod(kind, start, month_end(start.replace(month=start.month + 1)))
    return GlobalPeriod(MONTHLY, first, last)


def rep_last_day(paid: datetime.date, day: int = 5) -> datetime.date:
    """The natural ``day`` of the month after ``paid``: last one for its REP (RMF 2.7.1.32)."""
    return month_end(paid).replace(day=1) + datetime.timedelta(
        days=calendar.monthrange(paid.year, paid.month)[1] + day - 1
    )


def cancel_last_day(issued: datetime.date, month: int) -> datetime.date:
    """The last day to cancel what was issued on that day (CFF 29-A).

    ``month`` is that of the annual return in the year after: 3 for legal, 4 for natural persons.
    """
    return month_end(datetime.date(issued.year + 1, month, 1))


def self_invoice_last_day(paid: datetime.date, days: int = 0) -> datetime.date:
    """The last day on which a customer may ask for a named invoice of what he paid."""
    return month_end(paid) + datetime.timedelta(days=days)
