"""From readings to the rows that are stored: samples and the new state of each line. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .counters import Flag, Line, Reading, advance, is_news, with_discontinuity


class Sample(NamedTuple):
    """A row of the sample table; `ts` in seconds since the epoch ends the interval."""

    line_id: int
    ts: float
    down: int | None
    up: int | None
    secs: int
    flags: int


@dataclass(slots=True)
class Ingested:
    """Rows to store, and figures about them."""

    samples: list[Sample] = field(default_factory=list)
    states: dict[int, Reading] = field(default_factory=dict)
    ignored: int = 0

    @property
    def span(self) -> tuple[float, float] | None:
        """Return the time (start, end) the attributable samples cover."""
        if not self.samples:
            return None
        start = min(s.ts - (1 if s.flags & Flag.LATE else s.secs) for s in self.samples)
        return start, max(s.ts for s in self.samples)


def ingest(
    lines: Mapping[int, Line], states: Mapping[int, Reading], readings: Iterable[Reading]
) -> Ingested:
    """Compare each reading with the state of its line.

    Readings of one line must come in the order of their time to be counted one by one; a late or
    double one is ignored, so that the sum stays right in any order.
    """
    result = Ingested()
    current = dict(states)
    for reading in readings:
        line_id = reading.line_id
        base = current.get(line_id)
        if not is_news(base, reading):
            result.ignored += 1
            continue
        delta = advance(lines[line_id], base, reading)
        current[line_id] = result.states[line_id] = with_discontinuity(base, reading)
        if delta is not None:
            result.samples.append(
                Sample(line_id, reading.ts, delta.down, delta.up, delta.secs, int(delta.flags))
            )
    return result
