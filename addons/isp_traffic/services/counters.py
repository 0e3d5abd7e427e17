"""Counter arithmetic: from two readings of a line to bytes, or to the reason why there are none.

Pure functions. Times are seconds since the epoch (UTC), sysUpTime is in hundredths of a second.
"""

from dataclasses import dataclass, replace
from enum import IntFlag

UPTIME_MODULUS = 2**32 / 100  # seconds until sysUpTime wraps: 497.1 days
CLOCK_TOLERANCE = 30.0  # seconds sysUpTime may fall behind the wall clock
SPREAD_LIMIT = 3600.0  # a longer gap is kept out of the hourly figures
SPIKE_FACTOR = 1.25
FASTEST_MBPS = 10_000.0  # the fastest port a line ends at, where neither plan nor port is known
CEILING = 1e12  # bit/s: no line is faster, whatever is known of it
MOST_OCTETS = 2**63 - 1  # what a stored sample can hold
CACHE_TICKS = 3000  # counters may be this much older, in hundredths of a second, than sysUpTime
NO_COLUMN = -1  # the device does not tell when its counters were broken
RATE_GAP = 900.0  # seconds a speed told by a device may stand for; longer is a gap


class Flag(IntFlag):
    """Why a sample is special. RESET and SPIKE samples carry no bytes."""

    NONE = 0
    PARTIAL = 1  # new session: only what it transferred since its start
    RESET = 2  # the device or its counters started anew
    WRAP = 4  # a 32-bit counter went round once
    SPIKE = 8  # faster than the line can be
    LATE = 16  # spans a gap over an hour: it is not known when the bytes passed
    ESTIMATED = 32  # integrated from a rate, not counted


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read for one line at one moment. `ts` labels it, `uptime` measures time.

    `discontinuity` is ifCounterDiscontinuityTime: the sysUpTime at which counters were broken last,
    0 for never; None when it was not asked, NO_COLUMN when the device has none.
    """

    line_id: int
    ts: float
    uptime: int | None
    index: str
    octets_in: int
    octets_out: int
    discontinuity: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What the arithmetic must know of a line; limits in bit/s, None = not known.

    `rate`: its readings are octets per second, not counters.
    """

    line_id: int
    bits: int = 64
    session: bool = False
    in_is_upload: bool = True
    down_limit: float | None = None
    up_limit: float | None = None
    rate: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """The bytes of the customer in the `secs` seconds before a reading; None = not known."""

    down: int | None
    up: int | None
    secs: int
    flags: Flag = Flag.NONE


def elapsed(base: Reading, cur: Reading) -> tuple[float, bool]:
    """Return the seconds between two readings and whether the device restarted in between."""
    wall = cur.ts - base.ts
    if base.uptime is None or cur.uptime is None:
        return wall, False
    passed = (cur.uptime - base.uptime) / 100
    if passed < 0:
        wrapped = passed + UPTIME_MODULUS
        if abs(wrapped - wall) <= CLOCK_TOLERANCE:
            return wrapped, False
        return wall, True
    if passed < wall - CLOCK_TOLERANCE:
        return wall, True
    return passed, False


def advance(line: Line, base: Reading | None, cur: Reading) -> Delta | None:
    """Return what passed between the baseline and a reading.

    None: there is no baseline, or the reading is not newer than it; the first case starts a
    baseline, the second must be ignored (see :func:`is_news`).
    """
    if base is None or not is_news(base, cur):
        return None
    dt, restarted = elapsed(base, cur)
    secs = max(round(dt), 1)
    if line.rate:
        return _estimated(line, cur, dt, secs)
    moved = cur.index != base.index
    if moved and not line.session:
        return Delta(None, None, secs, Flag.RESET)
    if moved:
        return _limited(line, cur.octets_in, cur.octets_out, dt, secs, Flag.PARTIAL)
    if restarted or _broken(base, cur):
        return Delta(None, None, secs, Flag.RESET)
    grown_in, wrap_in = _growth(base.octets_in, cur.octets_in, line.bits)
    grown_out, wrap_out = _growth(base.octets_out, cur.octets_out, line.bits)
    if grown_in is None or grown_out is None:
        return Delta(None, None, secs, Flag.RESET)
    return _limited(line, grown_in, grown_out, dt, secs, wrap_in | wrap_out)


def _broken(base: Reading, cur: Reading) -> bool:
    """Tell whether the device says that its counters were broken between two readings.

    A value that changed says so; one that is known for the first time does when it lies behind the
    baseline, whose counters may be a little older than its uptime (RFC 2863).
    """
    moment = cur.discontinuity
    if moment is None or moment == NO_COLUMN:
        return False
    if base.discontinuity is not None and base.discontinuity != NO_COLUMN:
        return moment != base.discontinuity
    if not moment or base.uptime is None or cur.uptime is None:
        return False
    start = base.uptime - CACHE_TICKS
    return (moment - start) % 2**32 <= (cur.uptime - start) % 2**32


def is_doubtful(line: Line, base: Reading | None, cur: Reading) -> bool:
    """Tell whether counters alone do not say what happened, so that the device should be asked.

    Counters of 32 bits that went back wrapped, or were cleared; after a long gap, those that grew
    may have been cleared and have grown again.
    """
    if base is None or cur.discontinuity is not None:
        return False
    if base.discontinuity == NO_COLUMN and base.index == cur.index:
        return False
    delta = advance(line, base, cur)
    if delta is None or delta.down is None or delta.flags & (Flag.PARTIAL | Flag.ESTIMATED):
        return False
    return bool(delta.flags & (Flag.WRAP | Flag.LATE))


def with_discontinuity(base: Reading | None, cur: Reading) -> Reading:
    """Return a reading that was not asked about it with what the device said before."""
    if base is None or base.discontinuity is None or cur.discontinuity is not None:
        return cur
    if base.index != cur.index or elapsed(base, cur)[1]:
        return cur  # other counters, or another software: ask again
    return replace(cur, discontinuity=base.discontinuity)


def is_news(base: Reading | None, cur: Reading) -> bool:
    """Tell whether a reading is newer than the baseline: duplicates and late ones are not."""
    return base is None or cur.ts > base.ts


def _growth(before: int, now: int, bits: int) -> tuple[int | None, Flag]:
    """Return the growth of one counter; None when a decrease can only be a reset."""
    if now >= before:
        return now - before, Flag.NONE
    if bits == 32 and before < 2**32:
        return now - before + 2**32, Flag.WRAP
    return None, Flag.NONE


def _limited(line: Line, grown_in: int, grown_out: int, dt: float, secs: int, flags: Flag) -> Delta:
    """Apply direction and spike limits."""
    up, down = (grown_in, grown_out) if line.in_is_upload else (grown_out, grown_in)
    if _too_fast(down, dt, line.down_limit) or _too_fast(up, dt, line.up_limit):
        # A 32-bit counter that seems to wrap too fast was reset instead.
        return Delta(None, None, secs, Flag.RESET if flags & Flag.WRAP else Flag.SPIKE)
    if dt > SPREAD_LIMIT:
        flags |= Flag.LATE
    return Delta(down, up, secs, flags)


def _estimated(line: Line, cur: Reading, dt: float, secs: int) -> Delta:
    """Return a speed times its time; over a gap nobody knows what the speed was."""
    if dt > RATE_GAP:
        return Delta(None, None, secs, Flag.ESTIMATED)
    octets = round(cur.octets_in * dt), round(cur.octets_out * dt)
    return _limited(line, *octets, dt, secs, Flag.ESTIMATED)


def _too_fast(octets: int, dt: float, limit: float | None) -> bool:
    if limit is None:
        limit = CEILING
    return octets > MOST_OCTETS or octets * 8 > SPIKE_FACTOR * limit * max(dt, 0.01)


def live_rate(line: Line, base: Reading | None, cur: Reading) -> tuple[int | None, int | None]:
    """Return the speed in bit/s (down, up) between two readings a few seconds apart.

    (None, None) when it cannot be known: a gap, a restart or an impossible value.
    """
    delta = advance(line, base, cur)
    if base is None or delta is None or delta.down is None or delta.up is None:
        return None, None
    if delta.flags & (Flag.PARTIAL | Flag.LATE):
        return None, None
    dt, _restarted = elapsed(base, cur)
    if dt < 0.5:
        return None, None
    return round(delta.down * 8 / dt), round(delta.up * 8 / dt)


def spike_limit(plan_mbps: float, physical_mbps: float = 0.0) -> float:
    """Return the spike limit in bit/s: twice the plan or the physical speed, the smaller one.

    A line of which neither is known is no faster than `FASTEST_MBPS`.
    """
    known = [mbps for mbps in (2 * plan_mbps, physical_mbps) if mbps > 0]
    return min(known or [FASTEST_MBPS]) * 1_000_000
