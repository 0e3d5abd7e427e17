"""Moments at Openpay. Naive datetimes are UTC, as the ORM stores them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CENTRAL = "America/Mexico_City"


def end_of_day_after(moment: datetime, days: int, zone: str = CENTRAL) -> datetime:
    """Return 23:59:59 local time of the day ``days`` after the local day of ``moment``.

    :param moment: naive UTC
    :return: naive UTC, whole seconds
    """
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=days)
    end = datetime.combine(day, time(23, 59, 59), ZoneInfo(zone))
    return end.astimezone(UTC).replace(tzinfo=None)


def to_iso(moment: datetime, zone: str = CENTRAL) -> str:
    """Return a naive UTC moment as ISO 8601 with the offset of ``zone``, to the second."""
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return local.isoformat(timespec="seconds")


def from_iso(text: str | None, zone: str = CENTRAL) -> datetime | None:
    """Return ISO 8601 as naive UTC to the second; without an offset it is local time of ``zone``.

    Returns None for an empty or unreadable text: a date is never worth losing a payment.
    """
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def local_date(moment: datetime, zone: str = CENTRAL) -> date:
    """Return the local day of a naive UTC moment."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
