"""Rules of the automatic runs: when they must wait for a person, and which reminder is due.

All dates are calendar dates of the company (no time, no zone).
"""

from collections.abc import Iterable
from datetime import date, timedelta

CLOCK, GAP = "clock", "gap"


def hold_reason(last: date | None, today: date, most_days: int) -> str:
    """Return why the automatic run of ``today`` must be confirmed, "" when it may start.

    ``clock``: the last run is in the future, so the clock was set back. ``gap``: more than
    ``most_days`` days without runs, so the server was off or an old backup was restored.
    """
    if last is None:
        return ""
    if today < last:
        return CLOCK
    return GAP if (today - last).days > most_days else ""


def parse_offsets(text: str) -> list[int]:
    """Return the days of ``"-3,0,3"`` (before and after the due date), in order, each once.

    :raise ValueError: when a part is no whole number, or there are more than three
    """
    offsets = sorted({int(part) for part in text.split(",") if part.strip()})
    if len(offsets) > 3:
        raise ValueError(f"more than three reminders: {text}")
    return offsets


def choose_reminder(
    moments: Iterable[tuple[date, int]], today: date, most_days: int
) -> tuple[tuple[date, int] | None, list[tuple[date, int]]]:
    """Return the one ``(due date, offset)`` to send today and those to skip for good.

    Who has several reminders waiting (the server was off, several invoices are open) gets one
    mail: the latest. A reminder whose moment passed more than ``most_days`` days ago is never
    sent. Moments in the future are neither.
    """
    ready = sorted(
        (due + timedelta(offset), due, offset)
        for due, offset in moments
        if due + timedelta(offset) <= today
    )
    if not ready:
        return None, []
    moment, due, offset = ready[-1]
    older = [(due, offset) for _moment, due, offset in ready[:-1]]
    if (today - moment).days > most_days:
        return None, [*older, (due, offset)]
    return (due, offset), older
