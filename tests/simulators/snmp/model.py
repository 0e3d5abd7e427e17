"""The traffic a subscriber line makes: a pure function of line and time, so that the past can be
computed as well as the present is served."""

import math
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

SLOT = 300  # seconds
SLOTS = 288
LOCAL = timedelta(hours=-6)  # most of Mexico, all year
WAVES = ((0.20, 6), (0.13, 17), (0.07, 43))  # share of the base rate, waves in a slot
# Share of the peak at each local hour: quiet at night, busy from eight to eleven in the evening.
CURVE = (
    (22, 12, 7, 5, 4, 5, 9, 15, 20, 24, 27, 29)
    + (32, 36, 38, 38, 41, 46, 55, 68, 84, 96, 88, 52)
)  # fmt: skip
PLANS = ((20, 10), (50, 20), (50, 20), (100, 40), (200, 80))


@dataclass(frozen=True, slots=True)
class Line:
    """One subscriber session; speeds in Mbit/s are those of the plan and the ceiling."""

    device: str
    user: str
    down_mbps: float
    up_mbps: float
    seed: int = 7

    @property
    def name(self) -> str:
        """Return the interface name the router gives the session."""
        return f"<pppoe-{self.user}>"


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll of one device returned: `rows` = name → (index, in, out octets).

    In is what the router receives, that is the upload of the subscriber.
    """

    ts: datetime
    uptime: int
    rows: dict[str, tuple[str, int, int]]


def default_lines(count: int, seed: int = 7, devices=("torre-norte", "torre-sur")) -> list[Line]:
    """Return `count` lines spread over the devices."""
    lines = []
    for number in range(count):
        down, up = PLANS[number % len(PLANS)]
        device = devices[number * len(devices) // max(count, 1)]
        lines.append(Line(device, f"linea{number + 1:03d}", down, up, seed))
    return lines


@lru_cache(maxsize=1000)
def boots_of(device: str, year: int) -> list[datetime]:
    """Return the planned restarts of a device: the first tower monthly, others each quarter."""
    if device == "torre-norte":
        return [datetime(year, month, 13, 9, 10, tzinfo=UTC) for month in range(1, 13)]
    return [datetime(year, month, 2, 9, 10, tzinfo=UTC) for month in (1, 4, 7, 10)]


@lru_cache(maxsize=10_000)
def boot_before(device: str, moment: datetime) -> datetime:
    """Return when the device started last."""
    boots = boots_of(device, moment.year - 1) + boots_of(device, moment.year)
    return boots[bisect_right(boots, moment) - 1]


@lru_cache(maxsize=50_000)
def _day(line: Line, day: date) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Return the rates (share of the plan) at the slot edges of a local day, their prefix sums
    in seconds, and the share of upload."""
    dice = random.Random(f"{line.seed}:{line.user}:{day}")
    habit = random.Random(f"{line.seed}:{line.user}").uniform(0.03, 0.09)
    busy = habit * dice.uniform(0.75, 1.25) * (1.2 if day.weekday() >= 5 else 1.0)
    if dice.random() < 0.05:
        busy *= 1.9  # a film night
    edges = []
    for slot in range(SLOTS):
        hour, rest = divmod(slot, SLOTS // 24)
        share = CURVE[hour] + (CURVE[(hour + 1) % 24] - CURVE[hour]) * rest / (SLOTS // 24)
        noise = dice.uniform(0.55, 1.45)
        edges.append(min(max(busy * share / 100 * noise, 0.0004), 0.7))
    edges.append(edges[-1])
    sums, total = [0.0], 0.0
    for slot in range(SLOTS):
        total += SLOT * (edges[slot] + edges[slot + 1]) / 2
        sums.append(total)
    return tuple(edges), tuple(sums), dice.uniform(0.2, 0.5)


@lru_cache(maxsize=10_000)
def _local_parts(moment: datetime) -> tuple[date, float]:
    local = moment.astimezone(UTC) + LOCAL
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return local.date(), (local - midnight).total_seconds()


def _within_day(line: Line, day: date, seconds: float) -> float:
    """Return the integral of the rate from local midnight, in seconds at full plan speed."""
    edges, sums, _share = _day(line, day)
    slot = min(int(seconds // SLOT), SLOTS - 1)
    x = seconds / SLOT - slot
    low, high = edges[slot], edges[slot + 1]
    total = sums[slot] + SLOT * (low * x + (high - low) * x * x / 2)
    if 0 < x < 1:
        floor = min(low, high)
        for share, waves in WAVES:
            total += (
                share * floor * SLOT * (1 - math.cos(math.tau * waves * x)) / (math.tau * waves)
            )
    return total


@lru_cache(maxsize=10_000)
def _head(line: Line, start: datetime) -> tuple[float, float]:
    """Return what passed from local midnight to the start of counting: (down, up) in seconds."""
    day, seconds = _local_parts(start)
    head = _within_day(line, day, seconds)
    return head, head * _day(line, day)[2]


@lru_cache(maxsize=200_000)
def _days_total(line: Line, start: date, end: date) -> tuple[float, float]:
    """Return full days from start (included) to end (not included): (down, up) in seconds."""
    if end <= start:
        return 0.0, 0.0
    last = end - timedelta(days=1)
    down, up = _days_total(line, start, last) if last > start else (0.0, 0.0)
    _edges, sums, share = _day(line, last)
    return down + sums[-1], up + sums[-1] * share


def traffic(line: Line, start: datetime, end: datetime) -> tuple[int, int]:
    """Return the octets (down, up) of a line between two moments. Pure and deterministic."""
    first, _at_start = _local_parts(start)
    last, at_end = _local_parts(end)
    down, up = _days_total(line, first, last)
    head_down, head_up = _head(line, start)
    tail = _within_day(line, last, at_end)
    down += tail - head_down
    up += tail * _day(line, last)[2] - head_up
    return int(down * line.down_mbps * 125_000), int(up * line.up_mbps * 125_000)


def counters_at(line: Line, moment: datetime) -> tuple[int, int]:
    """Return the counters (in, out) of the line's session since its device started last."""
    down, up = traffic(line, boot_before(line.device, moment), moment)
    return up, down


def uptime_at(device: str, moment: datetime) -> int:
    """Return sysUpTime in hundredths of a second."""
    return int((moment - boot_before(device, moment)).total_seconds() * 100) % 2**32


def history(
    lines: list[Line],
    start: datetime,
    end: datetime,
    step: int = SLOT,
    gaps: tuple[tuple[datetime, datetime], ...] = (),
) -> Iterator[Poll]:
    """Yield what polling one device every `step` seconds would have read; none inside gaps."""
    device = lines[0].device
    indexes = {line.user: str(index) for index, line in enumerate(lines, FIRST_INDEX)}
    moment = start
    while moment <= end:
        if not any(since <= moment < until for since, until in gaps):
            rows = {line.name: (indexes[line.user], *counters_at(line, moment)) for line in lines}
            yield Poll(moment, uptime_at(device, moment), rows)
        moment += timedelta(seconds=step)


FIRST_INDEX = 15728641  # where RouterOS numbers dynamic interfaces
