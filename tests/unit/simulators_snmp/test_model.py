from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulators.snmp.model import (
    Line,
    boot_before,
    counters_at,
    default_lines,
    history,
    traffic,
    uptime_at,
)

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
LINE = Line("torre-norte", "ana", 50, 20)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@settings(max_examples=60, deadline=None)
@given(moments, st.floats(0, 7200), st.floats(0, 7200))
def test_counters_only_grow_and_intervals_add_up(start, first, second):
    middle, end = start + timedelta(seconds=first), start + timedelta(seconds=first + second)
    head, tail, whole = (
        traffic(LINE, start, middle),
        traffic(LINE, middle, end),
        traffic(LINE, start, end),
    )
    for part in range(2):
        assert head[part] >= 0
        assert abs(head[part] + tail[part] - whole[part]) <= 2  # rounding down to octets


@settings(max_examples=40, deadline=None)
@given(moments, st.integers(3, 600))
def test_never_faster_than_the_plan(moment, seconds):
    down, up = traffic(LINE, moment, moment + timedelta(seconds=seconds))
    assert down * 8 <= 50e6 * seconds + 8
    assert up * 8 <= 20e6 * seconds + 8


def test_deterministic_and_different_for_each_line():
    assert counters_at(LINE, NOW) == counters_at(Line("torre-norte", "ana", 50, 20), NOW)
    assert counters_at(LINE, NOW) != counters_at(Line("torre-norte", "eva", 50, 20), NOW)
    assert counters_at(LINE, NOW) != counters_at(Line("torre-norte", "ana", 50, 20, 8), NOW)


def test_evening_is_the_peak():
    def hour(local):
        start = datetime(2026, 11, 10, local, tzinfo=UTC) + timedelta(hours=6)
        lines = default_lines(20)
        return sum(traffic(line, start, start + timedelta(hours=1))[0] for line in lines)

    assert hour(21) > 2.5 * hour(12) > 5 * hour(4)


def test_live_speed_moves():
    speeds = {
        traffic(LINE, NOW + timedelta(seconds=n), NOW + timedelta(seconds=n + 3))[0]
        for n in range(0, 60, 3)
    }
    assert len(speeds) > 15


def test_restart_of_the_device():
    boot = datetime(2026, 11, 13, 9, 10, tzinfo=UTC)
    assert boot_before("torre-norte", boot) == boot
    assert boot_before("torre-norte", boot - timedelta(seconds=1)).month == 10
    assert uptime_at("torre-norte", boot + timedelta(seconds=5)) == 500
    assert counters_at(LINE, boot) == (0, 0)
    assert counters_at(LINE, boot - timedelta(hours=1))[1] > 10**9


def test_history_has_gaps_and_one_reset():
    start = NOW - timedelta(days=20)
    gap = (NOW - timedelta(days=5), NOW - timedelta(days=4))
    lines = [LINE, Line("torre-norte", "eva", 20, 10)]
    polls = list(history(lines, start, NOW, step=3600, gaps=(gap,)))
    assert len(polls) == 20 * 24 + 1 - 24
    assert set(polls[0].rows) == {"<pppoe-ana>", "<pppoe-eva>"}
    falls = [
        second.ts
        for first, second in pairwise(polls)
        if second.rows["<pppoe-ana>"][2] < first.rows["<pppoe-ana>"][2]
    ]
    assert [moment.date() for moment in falls] == [datetime(2026, 11, 13).date()]


def test_default_lines():
    lines = default_lines(60)
    assert len({line.user for line in lines}) == 60
    assert {line.device for line in lines} == {"torre-norte", "torre-sur"}
    assert lines[0].name == "<pppoe-linea001>"
