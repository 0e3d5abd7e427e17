"""The months around today as segments of a bar: what the ledger covers and what is still to come.

Calendar dates of the company; ranges are half-open, as in `periods`. Pure, no database.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from .periods import next_cut, previous_cut

MONTHS_BACK = 6
MONTHS_AHEAD = 6


class Segment(NamedTuple):
    """Days ``[start, end)`` of one kind; ``key`` is that of the ledger row, if there is one."""

    start: date
    end: date
    kind: str
    key: int | None = None

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def window(
    today: date,
    anchor: int,
    first: date | None = None,
    last: date | None = None,
    back: int = MONTHS_BACK,
    ahead: int = MONTHS_AHEAD,
) -> tuple[date, date]:
    """Return the days shown: ``back`` cuts before today to ``ahead`` after it.

    :param first: first day of the service; nothing is shown before it
    :param last: first day after its end; nothing is shown from it on
    """
    start = end = previous_cut(today, anchor)
    for _index in range(back):
        start = previous_cut(date.fromordinal(start.toordinal() - 1), anchor)
    for _index in range(ahead):
        end = next_cut(end, anchor)
    if first:
        # A service that starts later shows its first months.
        while end <= first:
            end = next_cut(end, anchor)
        start = max(start, first)
    if last:
        end = min(end, last)
    return start, max(start, end)


def timeline(
    rows: Iterable[Segment], start: date, end: date, today: date, anchor: int
) -> list[Segment]:
    """Return the segments that fill ``[start, end)`` without gap or overlap, in order.

    Ledger rows are cut to the window. Days without a row are "unbilled" before ``today`` and
    "future" from it on, divided at the cuts.
    """
    segments: list[Segment] = []
    day = start
    for row in sorted(rows):
        begin, finish = max(row.start, day), min(row.end, end)
        if begin >= finish:
            continue
        segments += _uncovered(day, begin, today, anchor)
        segments.append(row._replace(start=begin, end=finish))
        day = finish
    return segments + _uncovered(day, end, today, anchor)


def _uncovered(start: date, end: date, today: date, anchor: int) -> list[Segment]:
    segments = []
    while start < end:
        stop = min(next_cut(start, anchor), end)
        segments.append(Segment(start, stop, "unbilled" if stop <= today else "future"))
        start = stop
    return segments


def position(day: date, start: date, end: date) -> float:
    """Return where ``day`` lies in ``[start, end)``, in percent; outside it, the nearer end."""
    length = (end - start).days
    if length <= 0:
        return 0.0
    return round(min(max((day - start).days / length, 0.0), 1.0) * 100, 2)
