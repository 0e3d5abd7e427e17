from hypothesis import given
from hypothesis import strategies as st
from isp_traffic_services.counters import Flag, Line, Reading
from isp_traffic_services.ingest import ingest

LINES = {1: Line(1), 2: Line(2)}


def reading(ts, octets, line_id=1, uptime=None):
    uptime = ts * 100 if uptime is None else uptime
    return Reading(line_id, float(ts), uptime, "5", octets // 10, octets)


def test_first_poll_only_makes_states():
    result = ingest(LINES, {}, [reading(300, 1000), reading(300, 5, 2)])
    assert not result.samples
    assert set(result.states) == {1, 2}
    assert result.span is None


def test_samples_follow_each_other_in_one_batch():
    result = ingest(LINES, {}, [reading(0, 0), reading(300, 1000), reading(600, 3000)])
    assert [(s.ts, s.down, s.up, s.secs) for s in result.samples] == [
        (300.0, 1000, 100, 300),
        (600.0, 2000, 200, 300),
    ]
    assert result.states[1].ts == 600.0
    assert result.span == (0.0, 600.0)


def test_stored_state_is_the_baseline():
    result = ingest(LINES, {1: reading(300, 1000)}, [reading(600, 1500)])
    assert [sample.down for sample in result.samples] == [500]


def test_double_and_late_readings_change_nothing():
    state = {1: reading(600, 1000)}
    result = ingest(LINES, state, [reading(600, 2000), reading(300, 500)])
    assert result.ignored == 2
    assert not result.samples
    assert not result.states


def test_lines_do_not_mix():
    batch = [reading(0, 0), reading(0, 0, 2), reading(300, 70), reading(300, 30, 2)]
    result = ingest(LINES, {}, batch)
    assert [(s.line_id, s.down) for s in result.samples] == [(1, 70), (2, 30)]


def test_reset_leaves_a_sample_without_octets_and_goes_on():
    batch = [reading(0, 5000), reading(300, 10, uptime=100), reading(600, 30, uptime=30_100)]
    result = ingest(LINES, {}, batch)
    assert [(s.down, s.flags) for s in result.samples] == [(None, Flag.RESET), (20, 0)]


def test_long_gap_does_not_widen_the_span():
    result = ingest(LINES, {}, [reading(0, 0), reading(90_000, 10)])
    assert result.samples[0].flags == Flag.LATE
    assert result.span == (89_999.0, 90_000.0)


@given(
    st.lists(st.integers(0, 10**7), min_size=2, max_size=20),
    st.randoms(use_true_random=False),
    st.integers(1, 15),
)
def test_doubles_and_late_copies_never_change_the_sum(grows, rng, copies):
    """Whatever is delivered twice or late, the sum stays the growth up to the newest reading."""
    octets, readings = 0, []
    for number, grow in enumerate(grows):
        octets += grow
        readings.append(reading(number * 60, octets))
    noisy = list(readings)
    for _copy in range(copies):
        original = rng.choice(readings)
        place = next(i for i, r in enumerate(noisy) if r.ts >= original.ts)
        noisy.insert(rng.randint(place, len(noisy)), original)
    result = ingest(LINES, {}, noisy)
    assert sum(sample.down for sample in result.samples) == octets - readings[0].octets_out
