from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_traffic_services.counters import (
    Delta,
    Flag,
    Line,
    Reading,
    advance,
    elapsed,
    live_rate,
    spike_limit,
)

HC = Line(1, bits=64)
C32 = Line(1, bits=32, down_limit=100e6, up_limit=100e6)
PPP = Line(1, session=True)


def reading(ts=0, octets_in=0, octets_out=0, uptime=None, index="5", discontinuity=None):
    uptime = 100_000 + round(ts * 100) if uptime is None else uptime
    return Reading(1, float(ts), uptime, index, octets_in, octets_out, discontinuity)


def test_first_reading_is_only_a_baseline():
    assert advance(HC, None, reading()) is None


def test_growth_and_direction():
    delta = advance(HC, reading(0, 100, 1000), reading(300, 150, 4000))
    assert delta == Delta(down=3000, up=50, secs=300)


def test_inverted_direction():
    line = Line(1, in_is_upload=False)
    delta = advance(line, reading(0, 100, 1000), reading(300, 150, 4000))
    assert (delta.down, delta.up) == (50, 3000)


@pytest.mark.parametrize("ts", [0, -5])
def test_double_and_late_readings_are_ignored(ts):
    assert advance(HC, reading(0, 100), reading(ts, 500)) is None


def test_decrease_of_64_bits_is_a_reset_never_a_wrap():
    delta = advance(HC, reading(0, 2**64 - 1, 0), reading(300, 5, 10))
    assert delta == Delta(None, None, 300, Flag.RESET)


def test_32_bit_counter_goes_round():
    delta = advance(C32, reading(0, 2**32 - 1000, 0), reading(300, 500, 10))
    assert delta == Delta(10, 1500, 300, Flag.WRAP)


def test_32_bit_decrease_too_fast_to_be_a_wrap_is_a_reset():
    line = Line(1, bits=32, down_limit=20e6, up_limit=1e6)
    delta = advance(line, reading(0, 3_000_000_000, 0), reading(300, 500_000_000, 10))
    assert delta == Delta(None, None, 300, Flag.RESET)


def test_device_reboot_by_uptime_going_back():
    delta = advance(HC, reading(0, 10, 10, uptime=900_000), reading(300, 50, 50, uptime=5_000))
    assert delta.flags == Flag.RESET
    assert delta.down is None


def test_device_reboot_hidden_by_a_long_gap():
    """The device restarted and has run longer than before, yet less than the wall clock says."""
    delta = advance(HC, reading(0, 10, 10, uptime=1000), reading(3000, 50, 50, uptime=200_000))
    assert delta.flags == Flag.RESET


def test_uptime_wrap_after_497_days_is_no_reboot():
    base = reading(0, 10, 10, uptime=2**32 - 10_000)
    delta = advance(HC, base, reading(300, 20, 30, uptime=20_000))
    assert delta == Delta(20, 10, 300)


def test_discontinuity_resets():
    base = reading(0, 10, 10, discontinuity=0)
    assert advance(HC, base, reading(300, 20, 20, discontinuity=7)).flags == Flag.RESET


def test_new_session_counts_from_zero():
    base = reading(0, 9000, 9000, index="5")
    assert advance(PPP, base, reading(300, 40, 70, index="6")) == Delta(70, 40, 300, Flag.PARTIAL)


def test_new_index_of_another_source_is_a_reset():
    base = reading(0, 10, 10, index="5")
    assert advance(HC, base, reading(300, 40, 70, index="6")).flags == Flag.RESET


def test_renumbering_without_a_new_session_is_caught_as_spike():
    line = Line(1, session=True, down_limit=100e6, up_limit=100e6)
    base = reading(0, 10**12, 10**12, index="5")
    delta = advance(line, base, reading(300, 10**12 + 5, 10**12 + 5, index="105"))
    assert delta == Delta(None, None, 300, Flag.SPIKE)


def test_garbage_counter_is_a_spike():
    line = Line(1, down_limit=100e6, up_limit=40e6)
    delta = advance(line, reading(0, 10, 10), reading(300, 20, 29305109860996700))
    assert delta == Delta(None, None, 300, Flag.SPIKE)


@pytest.mark.parametrize("rate", [False, True])
def test_no_line_is_faster_than_light_though_nothing_is_known_of_it(rate):
    """A garbage Counter64 must neither be stored nor overflow what stores it."""
    line = Line(1, rate=rate)
    low, high = Reading(1, 0, 0, "1", 0, 0), Reading(1, 300, 30_000, "1", 2**64 - 1, 5)
    assert advance(line, low, high).flags == Flag.SPIKE
    assert live_rate(line, low, high) == (None, None)
    old = Reading(1, 10 * 366 * 86_400, 10**9, "1", 2**64 - 1, 5)
    assert advance(line, low, old).down is None


def test_limit_has_a_quarter_of_tolerance():
    line = Line(1, down_limit=8e6)
    assert advance(line, reading(0), reading(100, 0, 125_000_000)).flags == Flag.NONE
    assert advance(line, reading(0), reading(100, 0, 125_000_001)).flags == Flag.SPIKE


def test_long_gap_is_late():
    assert advance(HC, reading(0), reading(3601, 1, 1)).flags == Flag.LATE
    assert advance(HC, reading(0), reading(3600, 1, 1)).flags == Flag.NONE


def test_time_comes_from_the_device_when_the_wall_clock_steps_back():
    base, cur = reading(1000, uptime=0), reading(1010, uptime=30_000)
    assert elapsed(base, cur) == (300.0, False)


def test_live_rate():
    base, cur = reading(0, 0, 0), reading(3, 375_000, 3_750_000)
    assert live_rate(HC, base, cur) == (10_000_000, 1_000_000)


@pytest.mark.parametrize(
    ("line", "base", "cur"),
    [
        (HC, None, reading(3, 5, 5)),
        (HC, reading(0, 10, 10), reading(3, 5, 5)),
        (HC, reading(0), reading(0.2, 5, 5)),
        (PPP, reading(0, index="1"), reading(3, 5, 5, index="2")),
        (HC, reading(0), reading(4000, 5, 5)),
    ],
)
def test_live_rate_that_cannot_be_known(line, base, cur):
    assert live_rate(line, base, cur) == (None, None)


@pytest.mark.parametrize(
    ("plan", "physical", "limit"),
    [(50, 0, 100e6), (50, 70, 70e6), (0, 1000, 1000e6), (0, 0, 10_000e6), (600, 1000, 1000e6)],
)
def test_spike_limit(plan, physical, limit):
    assert spike_limit(plan, physical) == limit


# --- properties ---

counter = st.integers(0, 2**64 - 1)
moment = st.integers(0, 10**6)
any_reading = st.builds(
    Reading,
    line_id=st.just(1),
    ts=moment.map(float),
    uptime=st.one_of(st.none(), st.integers(0, 2**32 - 1)),
    index=st.sampled_from(["1", "2"]),
    octets_in=counter,
    octets_out=counter,
    discontinuity=st.sampled_from([None, 0, 9]),
)
any_line = st.builds(
    Line,
    line_id=st.just(1),
    bits=st.sampled_from([32, 64]),
    session=st.booleans(),
    in_is_upload=st.booleans(),
    down_limit=st.one_of(st.none(), st.floats(1e3, 1e9)),
    up_limit=st.one_of(st.none(), st.floats(1e3, 1e9)),
)


@given(any_line, any_reading, any_reading)
def test_never_negative_never_above_the_limit_both_or_none(line, base, cur):
    delta = advance(line, base, cur)
    if delta is None:
        assert cur.ts <= base.ts
        return
    assert delta.secs >= 1
    assert (delta.down is None) == (delta.up is None)
    if delta.down is None:
        assert delta.flags in (Flag.RESET, Flag.SPIKE)
        return
    seconds = max(elapsed(base, cur)[0], 0.01)
    for octets, limit in ((delta.down, line.down_limit), (delta.up, line.up_limit)):
        assert octets >= 0
        assert limit is None or octets * 8 <= 1.25 * limit * seconds + 1e-6


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=2, max_size=40),
    st.integers(1, 3600),
)
def test_sum_of_deltas_is_the_growth_of_the_counter(steps, dt):
    octets_in = octets_out = 0
    readings = []
    for number, (grow_in, grow_out) in enumerate(steps):
        octets_in, octets_out = octets_in + grow_in, octets_out + grow_out
        readings.append(reading(number * dt, octets_in, octets_out))
    deltas = [advance(HC, base, cur) for base, cur in pairwise(readings)]
    assert all(delta.flags == Flag.NONE for delta in deltas)
    assert sum(delta.up for delta in deltas) == octets_in - readings[0].octets_in
    assert sum(delta.down for delta in deltas) == octets_out - readings[0].octets_out


@given(st.integers(0, 2**32 - 1), st.integers(0, 10**9))
def test_32_bit_growth_is_exact_across_the_wrap(start, growth):
    line = Line(1, bits=32)
    base, cur = reading(0, start, 0), reading(300, (start + growth) % 2**32, 0)
    assert advance(line, base, cur).up == growth
