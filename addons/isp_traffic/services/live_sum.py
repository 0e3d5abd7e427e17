"""The live speed of a service that has several lines. Pure."""

import math
from collections.abc import Iterable, Sequence

SILENT_SECONDS = 12  # a line that was not read for so long is left out

Point = tuple[float, int | None, int | None]
Row = tuple[float, int, int | None, int | None]


def add_up(rows: Iterable[Row], since: float, step: int) -> list[Point]:
    """Return the sums of lines that are read at moments of their own, every ``step`` seconds.

    A speed holds from the reading before to its own, so the sum of a moment takes the first
    reading of each line that is not older. Nothing is told about a moment before every line that
    is still read has spoken about it; where one of them has no speed, neither has the sum.

    :param rows: (seconds since the epoch, line, down, up in bit/s), oldest first, after ``since``
    """
    lines: dict[int, list[Row]] = {}
    for row in rows:
        lines.setdefault(row[1], []).append(row)
    newest = max((own[-1][0] for own in lines.values()), default=0.0)
    spoken = [own for own in lines.values() if own[-1][0] > newest - SILENT_SECONDS]
    if not spoken:
        return []
    first = max(since, min(own[0][0] for own in lines.values()) - step)
    last = min(own[-1][0] for own in spoken)
    slots = range(math.floor(first / step) + 1, math.floor(last / step) + 1)
    return [_sum_at(slot * step, list(lines.values())) for slot in slots]


def _sum_at(moment: float, lines: Sequence[Sequence[Row]]) -> Point:
    holding = [next((row for row in own if row[0] >= moment), None) for own in lines]
    known = [row for row in holding if row is not None]
    return float(moment), _total(row[2] for row in known), _total(row[3] for row in known)


def _total(speeds: Iterable[int | None]) -> int | None:
    known = list(speeds)
    return None if not known or None in known else sum(known)
