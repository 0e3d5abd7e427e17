"""When a direct debit is tried, tried again, and how much it may take.

Days are calendar days of the company, moments naive UTC, amounts in its currency with tax. Source
of the default schedule and of the window: openpay.md, section 10.9.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

CENT = Decimal("0.01")
MOST_ATTEMPTS = 10
MOST_DAYS = 60


class Window(NamedTuple):
    """Hours of the day in which cards are charged, ``[start, end)``, where the company is."""

    start: int
    end: int
    zone: str

    def holds(self, moment: datetime) -> bool:
        """Return whether ``moment`` (naive UTC) lies in the hours."""
        return self.start <= self._local(moment).hour < self.end

    def next_opening(self, moment: datetime) -> datetime:
        """Return ``moment`` when it lies in the hours, else when they begin next (naive UTC)."""
        if self.holds(moment):
            return moment
        local = self._local(moment)
        opening = local.replace(hour=self.start, minute=0, second=0, microsecond=0)
        if local.hour >= self.start:
            opening += timedelta(days=1)
        return opening.astimezone(UTC).replace(tzinfo=None)

    def _local(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))


def parse_schedule(text: str) -> list[int]:
    """Return the days of ``"0,1,3,5,7"``, counted from the first attempt.

    :raise ValueError: it does not begin with 0, does not grow, or is too long
    """
    days = [int(part) for part in text.split(",") if part.strip()]
    if not days or days[0] != 0:
        raise ValueError("the first attempt is day 0")
    if any(later <= earlier for earlier, later in zip(days, days[1:], strict=False)):
        raise ValueError("each attempt is on a later day")
    if len(days) > MOST_ATTEMPTS or days[-1] > MOST_DAYS:
        raise ValueError(f"at most {MOST_ATTEMPTS} attempts in {MOST_DAYS} days")
    return days


def next_attempt(first: date, made: Sequence[date], schedule: Sequence[int]) -> date | None:
    """Return the day of the next attempt, None when the schedule is used up.

    On time these are the days of the schedule; after a silence (server off) the distances
    between the attempts are kept, so that what was missed is not made up for in a row.

    :param first: day of the first attempt, when none was made yet
    :param made: days of the attempts that reached the card, the oldest first
    """
    count = len(made)
    if count >= len(schedule):
        return None
    if not count:
        return first
    return made[-1] + timedelta(days=schedule[count] - schedule[count - 1])


def _money(value: Decimal | float | int | str) -> Decimal:
    return Decimal(str(value)).quantize(CENT, rounding=ROUND_HALF_UP)


def chargeable(
    residual: Decimal | float,
    cap: Decimal | float,
    announced: Decimal | float | None = None,
) -> Decimal:
    """Return what may be charged: never above the debt, the agreed cap or the announced amount.

    :param residual: what is open at this moment, less the customer's credit
    :param cap: most that the customer agreed to per charge; 0 means no charge at all
    :param announced: amount of the notice, None when nothing was announced yet
    """
    limits = [_money(residual), _money(cap)]
    if announced is not None:
        limits.append(_money(announced))
    return max(min(limits), Decimal(0))


def notice_date(charge: date, notice_days: int, margin: int) -> date:
    """Return the day from which the notice of a charge goes out.

    :param margin: days more than the law asks for, because a mail may be late
    """
    return charge - timedelta(days=notice_days + margin)


def expires_next_month(year: int, month: int, today: date) -> bool:
    """Return whether a card that is good until the end of ``month`` should be renewed now.

    True in the month before its last one and in the last one; not for one that has expired.
    """
    left = (year - today.year) * 12 + month - today.month
    return 0 <= left <= 1


def is_expired(year: int, month: int, today: date) -> bool:
    """Return whether the last day of the card's month has passed."""
    return (year, month) < (today.year, today.month)
