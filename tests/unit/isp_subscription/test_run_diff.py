from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.run_diff import compare

sides = st.dictionaries(st.integers(0, 9), st.integers(0, 3), max_size=8)


def test_the_three_kinds():
    found = compare({1: "a", 2: "b", 3: "c"}, {1: "a", 2: "x", 4: "d"})
    assert [tuple(diff) for diff in found] == [
        (2, "changed", "b", "x"),
        (3, "missing", "c", None),
        (4, "extra", None, "d"),
    ]


@given(planned=sides)
def test_equal_sides_have_no_difference(planned):
    assert compare(planned, dict(planned)) == []


@given(planned=sides, done=sides)
def test_the_differences_turn_the_plan_into_what_was_done(planned, done):
    result = dict(planned)
    for diff in compare(planned, done):
        assert planned.get(diff.key) == diff.planned
        if diff.done is None:
            del result[diff.key]
        else:
            result[diff.key] = diff.done
    assert result == done
