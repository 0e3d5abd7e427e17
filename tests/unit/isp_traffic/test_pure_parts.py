"""Charts, date ranges and request sizes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_traffic_services import chart, ranges
from isp_traffic_services.snmp_api import SnmpBadReply, Target
from isp_traffic_services.snmp_guard import ColumnGuard, merge_columns
from isp_traffic_services.snmp_size import GROW_AFTER, SizeBook

# --- axis ---


@pytest.mark.parametrize(
    ("top", "marks"),
    [
        (18.6, [0, 5, 10, 15, 20]),
        (14.9, [0, 5, 10, 15]),
        (50, [0, 10, 20, 30, 40, 50, 60]),
        (20, [0, 5, 10, 15, 20, 25]),
        (0, [0, 0.25, 0.5, 0.75, 1]),
        (0.93, [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_axis(top, marks):
    assert chart.nice_axis(top) == pytest.approx(marks)


@given(st.floats(1e-6, 1e9))
def test_axis_is_above_the_data_with_few_even_marks(top):
    marks = chart.nice_axis(top)
    assert marks[0] == 0
    assert marks[-1] > top * (1 - 1e-9)
    assert 2 <= len(marks) <= 7


def test_grid_and_mark_text():
    assert chart.grid([0, 5, 10]) == ["0", "50", "100"]
    assert [chart.mark_text(mark) for mark in (0.0, 2.5, 20.0)] == ["0", "2.5", "20"]


# --- shapes ---


def test_gap_breaks_line_and_area():
    values = [10, 20, None, None, 10, 0]
    assert chart.runs(values) == [(0, 1), (4, 5)]
    assert chart.line_path(values, 20) == "M0.00 50.00L20.00 0.00M80.00 50.00L100.00 100.00"
    assert chart.area_path(values, 20) == (
        "M0.00 100L0.00 50.00L20.00 0.00L20.00 100ZM80.00 100L80.00 50.00L100.00 100.00L100.00 100Z"
    )
    assert chart.gap_bands(values) == [("20.00", "60.00")]


def test_gaps_at_the_ends():
    assert chart.gap_bands([None, None, 5, 5, None]) == [("0.00", "50.00"), ("75.00", "25.00")]
    assert chart.gap_bands([None, None, None]) == [("0.00", "100.00")]
    assert chart.gap_bands([1, 2]) == []
    assert chart.gap_bands([None]) == []


def test_lone_day_is_visible():
    assert chart.line_path([None, 5, None], 10) == "M49.40 50.00L50.60 50.00"


def test_zero_is_data_and_no_gap():
    assert chart.runs([0, 0, 0]) == [(0, 2)]
    assert len(chart.bars([0.0], [None], 10)) == 1


def test_bars():
    shapes = chart.bars([9.7] + [None] * 6, [1.4] + [None] * 6, 20)
    assert shapes == [
        {"kind": "d", "x": "3.24", "y": "51.5", "width": "3.60", "height": "48.5"},
        {"kind": "u", "x": "7.44", "y": "93.0", "width": "3.60", "height": "7.0"},
    ]
    assert chart.empty_slots([1, None]) == [("50.00", "50.00")]


# --- ranges ---


@pytest.mark.parametrize(
    ("today", "anchor", "start"),
    [
        (date(2026, 11, 22), 25, date(2026, 10, 25)),
        (date(2026, 11, 25), 25, date(2026, 11, 25)),
        (date(2026, 3, 15), 31, date(2026, 2, 28)),
        (date(2026, 2, 28), 31, date(2026, 2, 28)),
        (date(2026, 1, 5), 10, date(2025, 12, 10)),
        (date(2028, 3, 1), 30, date(2028, 2, 29)),
    ],
)
def test_cutoff_range(today, anchor, start):
    assert ranges.cutoff_range(today, anchor) == (start, today)


def test_calendar_and_week():
    today = date(2026, 11, 22)
    assert ranges.calendar_range(today) == (date(2026, 11, 1), today)
    assert ranges.week_range(today) == (date(2026, 11, 16), today)
    assert len(ranges.days(*ranges.week_range(today))) == 7


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_month_is_one_month_and_holds_the_week(today):
    first, last = ranges.month_range(today)
    assert last == today
    assert 28 <= len(ranges.days(first, last)) <= 31
    assert first <= ranges.week_range(today)[0]


# --- request size and guards ---


def test_size_shrinks_step_by_step_and_grows_back():
    book, target = SizeBook(), Target("10.0.0.1")
    assert [book.size(target)] + [book.shrink(target) for _n in range(4)] == [50, 25, 10, 1, 1]
    for _n in range(GROW_AFTER):
        book.good(target)
    assert book.size(target) == 10


def test_size_obeys_the_device():
    book = SizeBook()
    assert book.size(Target("10.0.0.1", max_size=8)) == 8
    assert book.shrink(Target("10.0.0.1", max_size=8)) == 1


def test_guard():
    guard = ColumnGuard((1, 3), 2)
    assert guard.accept((1, 3, 1), "a")
    assert not guard.accept((1, 4), "x")
    with pytest.raises(SnmpBadReply):
        guard.accept((1, 3, 1), "a")
    assert guard.accept((1, 3, 2), "b")
    with pytest.raises(SnmpBadReply):
        guard.accept((1, 3, 3), "c")
    assert merge_columns([guard.rows, {(2,): 5}]) == {(1,): ("a", None), (2,): ("b", 5)}
    assert merge_columns([]) == {}
