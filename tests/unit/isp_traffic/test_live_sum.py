"""The live speed of a service with several lines, whenever each of them was read."""

from hypothesis import given
from hypothesis import strategies as st
from isp_traffic_services.live_sum import add_up

STEP = 3


def rows(line, *points):
    return [(float(ts), line, down, None if down is None else 1) for ts, down in points]


def merged(*parts):
    return sorted(row for part in parts for row in part)


def test_a_line_read_twice_within_a_step_counts_once():
    found = merged(rows(1, (3.1, 5), (5.9, 5)), rows(2, (3.2, 7), (5.8, 7)))
    assert add_up(found, 0, STEP) == [(3.0, 12, 2)]


def test_nothing_is_told_before_every_line_has_spoken():
    found = merged(rows(1, (3, 5), (6, 5), (9, 5)), rows(2, (3.5, 7), (6.5, 7)))
    assert add_up(found, 0, STEP) == [(3.0, 12, 2), (6.0, 12, 2)]
    later = merged(rows(1, (9, 5)), rows(2, (6.5, 7), (9.5, 7)))
    assert add_up(later, 6.0, STEP) == [(9.0, 12, 2)]


def test_a_line_without_a_speed_leaves_a_gap():
    found = merged(rows(1, (3, 5), (6, 5)), rows(2, (3, 7), (6, None)))
    assert add_up(found, 0, STEP) == [(3.0, 12, 2), (6.0, None, None)]


def test_a_silent_line_is_left_out():
    found = merged(rows(1, (3, 5), (6, 5), (30, 5)), rows(2, (3, 7)))
    assert add_up(found, 0, STEP)[0] == (3.0, 12, 2)
    assert add_up(found, 0, STEP)[-1] == (30.0, 5, 1)
    assert add_up([], 0, STEP) == []


moments = st.lists(st.floats(1000, 1030), min_size=3, max_size=20, unique=True).map(sorted)


@given(st.lists(moments, min_size=2, max_size=3))
def test_lines_of_one_speed_add_up_to_as_many_speeds(schedules):
    """However the lines are read, their sum is never doubled nor halved."""
    found = merged(*(rows(n, *((ts, 10) for ts in own)) for n, own in enumerate(schedules)))
    begun = max(own[0] for own in schedules)
    ended = min(own[-1] for own in schedules)
    for ts, down, _up in add_up(found, 0, STEP):
        if begun <= ts <= ended:
            assert down == 10 * len(schedules)
