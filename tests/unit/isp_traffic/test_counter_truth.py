"""What is stored against a true counter that knows what really passed, whatever happens between.

The device counts for ever; what a poller sees of it wraps, resets, moves, comes twice, late or not
at all. Without resets the sum of the deltas is the growth of the true counter; with them it is
never more, and no single delta is negative or faster than the line can be.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_traffic_services.counters import SPIKE_FACTOR, Flag, Line, Reading, advance
from isp_traffic_services.ingest import ingest

START = 1_800_000_000.0
LIMIT = 100e6  # bit/s of the line, both ways
PLAIN = ("read", "read", "read", "twice", "late", "lost", "partial")
WILD = (*PLAIN, "reset", "hidden reset", "counters only", "move", "clock", "garbage")


@dataclass
class Device:
    """A line with a true counter of octets, and the one its device shows."""

    bits: int
    session: bool
    now: float = START
    clock: float = 0.0  # what the poller's wall clock is wrong by
    boot: float = START - 10_000
    index: int = 5
    true: list[int] = field(default_factory=lambda: [0, 0])
    shown: list[int] = field(default_factory=lambda: [0, 0])
    seen: list[Reading] = field(default_factory=list)

    def grow(self, seconds: float, share_in: float, share_out: float) -> None:
        """Let time pass; a share of 1 is the full speed of the line."""
        self.now += seconds
        for place, share in enumerate((share_in, share_out)):
            octets = int(share * LIMIT / 8 * seconds)
            self.true[place] += octets
            self.shown[place] = (self.shown[place] + octets) % 2**self.bits

    def read(self) -> Reading:
        """Return what a poll sees at this moment."""
        uptime = round((self.now - self.boot) * 100) % 2**32
        moment = round(self.now + self.clock, 6)
        return Reading(1, moment, uptime, str(self.index), *self.shown)

    def happen(self, event: str) -> list[Reading]:
        """Let something happen; return the readings that arrive because of it."""
        if event in ("lost", "partial"):  # a reply without one of the counters is no reading
            return []
        if event == "late":
            return self.seen[-3:-2]
        if event in ("reset", "hidden reset"):
            # hidden: it has run for longer than before when it is asked again
            self.boot = self.now
            self.shown = [0, 0]
            self.now += 20_000 if event == "hidden reset" else 1
        elif event == "counters only":
            self.shown = [0, 0]
        elif event == "move":
            self.index += 1
            self.shown = [0, 0] if self.session else self.shown
        elif event == "clock":
            self.clock += 3600 if self.clock <= 0 else -7200
        elif event == "garbage":
            return [Reading(1, self.now, 5, "5", 2**63, 29305109860996700)]
        reading = self.read()
        self.seen.append(reading)
        return [reading, reading] if event == "twice" else [reading]


shares = st.floats(0, 1) | st.just(0.0) | st.just(1.0)


def schedule(events):
    return st.lists(
        st.tuples(st.floats(1, 300), shares, shares, st.sampled_from(events)),
        min_size=2,
        max_size=30,
    )


def play(device, steps):
    """Return the readings of a schedule, and the true counters at each."""
    readings, truth = [device.read()], {START: (0, 0)}
    device.seen.append(readings[0])
    for seconds, share_in, share_out, event in steps:
        device.grow(seconds, share_in, share_out)
        for reading in device.happen(event):
            readings.append(reading)
            truth.setdefault(reading.ts, tuple(device.true))
    return readings, truth


@given(schedule(PLAIN), st.integers(0, 2**64 - 1), st.sampled_from([32, 64]), st.booleans())
def test_without_resets_the_sum_is_the_truth(steps, start, bits, session):
    """32 bits wrap after 344 s at this speed: all that is lost or late must take less than that."""
    line = Line(1, bits, session, True, LIMIT, LIMIT)
    device = Device(bits, session, shown=[start % 2**bits, start // 3 % 2**bits])
    if bits == 32:
        steps = [(min(s, 11.0), i, o, "read" if e == "lost" else e) for s, i, o, e in steps]
        steps = [s for s in steps if s[3] != "partial"]
    if bits == 64:
        device.shown = [value // 2 for value in device.shown]  # 468 years at 10 Gbit/s
    readings, truth = play(device, steps)
    result = ingest({1: line}, {}, readings)
    assert all(s.flags in (Flag.NONE, Flag.WRAP, Flag.LATE) for s in result.samples)
    last = result.states[1]
    assert (
        sum(sample.up for sample in result.samples),
        sum(sample.down for sample in result.samples),
    ) == truth[last.ts]


@given(schedule(WILD), st.sampled_from([32, 64]), st.booleans())
def test_nothing_is_ever_negative_or_giant(steps, bits, session):
    line = Line(1, bits, session, True, LIMIT, LIMIT)
    readings, _truth = play(Device(bits, session), steps)
    base = None
    for reading in readings:
        if base is not None and reading.ts <= base.ts:
            continue
        delta = advance(line, base, reading)
        if delta is not None and delta.down is not None:
            wall = max(reading.ts - base.ts, delta.secs, 0.01) + 1
            for octets in (delta.down, delta.up):
                assert 0 <= octets * 8 <= SPIKE_FACTOR * LIMIT * wall
        base = reading


@given(schedule((*PLAIN, "reset", "hidden reset", "move")))
def test_with_resets_the_sum_is_never_more_than_the_truth(steps):
    """Sessions of 64 bits: what the device forgot is lost, nothing is invented."""
    line = Line(1, 64, True, True, LIMIT, LIMIT)
    device = Device(64, True)
    readings, _truth = play(device, steps)
    result = ingest({1: line}, {}, readings)
    for place, found in ((0, "up"), (1, "down")):
        assert sum(getattr(sample, found) or 0 for sample in result.samples) <= device.true[place]


def test_uptime_that_wraps_is_no_reset():
    device = Device(64, False, boot=START - (2**32 - 5000) / 100)
    first = device.read()
    device.grow(300, 0.5, 0.5)
    second = device.read()
    assert second.uptime < first.uptime
    delta = advance(Line(1), first, second)
    assert (delta.down, delta.flags) == (device.true[1], Flag.NONE)


@pytest.mark.parametrize("step", [3600, -3600])
def test_clock_step_loses_at_most_what_it_hides(step):
    """Backwards: ignored until the clock is past it. Forwards: one interval, flagged, no spike."""
    device, line = Device(64, False), Line(1, 64, False, True, LIMIT, LIMIT)
    readings = [device.read()]
    for number in range(40):
        device.grow(300, 0.5, 0.5)
        device.clock = step if number >= 10 else 0.0
        readings.append(device.read())
    result = ingest({1: line}, {}, readings)
    lost = [sample for sample in result.samples if sample.down is None]
    assert all(sample.flags == Flag.RESET for sample in lost)
    assert len(lost) == (1 if step > 0 else 0)
    missing = device.true[1] - sum(sample.down or 0 for sample in result.samples)
    assert missing == (round(LIMIT / 8 * 0.5 * 300) if step > 0 else 0)


def test_counter32_only_device_at_its_pace():
    """Polled every 60 s a 32-bit counter is unambiguous up to 572 Mbit/s."""
    device, line = Device(32, False, shown=[2**32 - 10, 5]), Line(1, 32, False, True, LIMIT, LIMIT)
    readings = [device.read()]
    for _poll in range(100):
        device.grow(60, 1.0, 0.3)
        readings.append(device.read())
    result = ingest({1: line}, {}, readings)
    assert sum(sample.up for sample in result.samples) == device.true[0]
    assert any(sample.flags & Flag.WRAP for sample in result.samples)
