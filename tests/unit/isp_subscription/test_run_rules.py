from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.run_rules import choose_reminder, hold_reason, parse_offsets

DAY = date(2026, 11, 22)
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def test_the_first_run_is_never_held():
    assert hold_reason(None, DAY, 5) == ""


@pytest.mark.parametrize(
    ("back", "expected"),
    [(0, ""), (1, ""), (5, ""), (6, "gap"), (400, "gap"), (-1, "clock")],
)
def test_hold_reason(back, expected):
    assert hold_reason(DAY - timedelta(back), DAY, 5) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("-3,0,3", [-3, 0, 3]), ("3, 0", [0, 3]), ("", []), ("5,5", [5]), (" -1 ,", [-1])],
)
def test_offsets(text, expected):
    assert parse_offsets(text) == expected


@pytest.mark.parametrize("text", ["a", "1;2", "1,2,3,4", "1.5"])
def test_bad_offsets(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_offsets(text)


def test_the_latest_of_several_reminders_is_sent_and_the_others_skipped():
    due = DAY - timedelta(3)
    chosen, skipped = choose_reminder([(due, -3), (due, 0), (due, 3)], DAY, 5)
    assert chosen == (due, 3)
    assert skipped == [(due, -3), (due, 0)]


def test_a_reminder_of_long_ago_is_never_sent():
    due = DAY - timedelta(30)
    assert choose_reminder([(due, 0)], DAY, 5) == (None, [(due, 0)])


@given(
    moments=st.sets(st.tuples(days, st.integers(-10, 30)), max_size=12),
    today=days,
    age=st.integers(0, 20),
)
def test_every_moment_of_the_past_is_sent_or_skipped_once(moments, today, age):
    chosen, skipped = choose_reminder(moments, today, age)
    dealt = skipped + ([chosen] if chosen else [])
    past = {(due, offset) for due, offset in moments if due + timedelta(offset) <= today}
    assert sorted(dealt) == sorted(past)
    if chosen:
        assert (today - chosen[0] - timedelta(chosen[1])).days <= age
