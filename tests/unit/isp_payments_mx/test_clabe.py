"""CLABE: check digit and groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.clabe import check_digit, fours, groups, is_valid

DIGITS = st.text("0123456789", min_size=17, max_size=17)


@pytest.mark.parametrize(
    "clabe",
    ["012914002014112176", "646180109400000542", "646180109400423323", "646180109400135624"],
)
def test_published_clabes(clabe):
    assert is_valid(clabe)


@given(DIGITS)
def test_built_clabes_are_valid(first):
    assert is_valid(first + str(check_digit(first)))


@given(DIGITS, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_found(first, position, step):
    clabe = first + str(check_digit(first))
    wrong = str((int(clabe[position]) + step) % 10)
    assert not is_valid(clabe[:position] + wrong + clabe[position + 1 :])


@given(st.text(max_size=20))
def test_other_text_never_raises(text):
    if not (len(text) == 18 and text.isascii() and text.isdigit()):
        assert not is_valid(text)


def test_other_lengths():
    assert not is_valid(None)
    assert not is_valid("0129140020141121")
    assert not is_valid("٠" * 18)
    with pytest.raises(ValueError):
        check_digit("123")


@given(st.text("0123456789", max_size=20))
def test_groups_lose_nothing(digits):
    assert "".join(groups(digits)) == digits
    assert "".join(fours(digits)) == digits
    assert all(len(part) <= 4 for part in fours(digits))


def test_groups_as_people_copy_them():
    assert groups("012914002014112176") == ["012", "914", "0020", "1411", "2176"]
    assert fours("26112200441700031047") == ["2611", "2200", "4417", "0003", "1047"]
