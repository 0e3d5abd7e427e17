from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.timeline import Segment, position, timeline, window

TODAY = date(2026, 11, 22)


def test_window_has_six_months_on_each_side():
    assert window(TODAY, 21) == (date(2026, 5, 21), date(2027, 5, 21))
    assert window(TODAY, 31) == (date(2026, 4, 30), date(2027, 4, 30))


def test_window_ends_with_the_service():
    assert window(TODAY, 21, first=date(2026, 9, 3)) == (date(2026, 9, 3), date(2027, 5, 21))
    assert window(TODAY, 21, last=date(2026, 12, 10))[1] == date(2026, 12, 10)
    start, end = window(TODAY, 21, last=date(2025, 1, 1))
    assert start == end


def test_service_of_next_year_shows_its_first_months():
    start, end = window(TODAY, 21, first=date(2027, 8, 1))
    assert start == date(2027, 8, 1)
    assert end == date(2027, 8, 21)


def test_days_without_a_row_are_unbilled_or_future():
    rows = [Segment(date(2026, 10, 21), date(2026, 11, 21), "paid", 7)]
    found = timeline(rows, date(2026, 9, 21), date(2027, 1, 21), TODAY, 21)
    assert [(segment.kind, segment.key) for segment in found] == [
        ("unbilled", None),
        ("paid", 7),
        ("future", None),
        ("future", None),
    ]


def test_position_stays_on_the_bar():
    start, end = date(2026, 1, 1), date(2026, 1, 11)
    assert position(date(2026, 1, 6), start, end) == 50.0
    assert position(date(2025, 1, 1), start, end) == 0.0
    assert position(date(2027, 1, 1), start, end) == 100.0
    assert position(start, start, start) == 0.0


@given(
    st.integers(1, 31),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.lists(st.tuples(st.integers(-300, 300), st.integers(1, 60)), max_size=12),
)
def test_segments_fill_the_window_exactly(anchor, today, ranges):
    start, end = window(today, anchor)
    rows = [
        Segment(today + timedelta(shift), today + timedelta(shift + days), "paid", index)
        for index, (shift, days) in enumerate(ranges)
    ]
    found = timeline(rows, start, end, today, anchor)
    assert found[0].start == start
    assert found[-1].end == end
    assert all(one.end == two.start for one, two in zip(found, found[1:], strict=False))
    assert all(segment.days > 0 for segment in found)
