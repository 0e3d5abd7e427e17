"""Pages never read "1 of 0" and survive whatever a URL holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_portal_services.paging import Pager, clamp, to_int


def test_empty_list_has_one_page():
    pager = Pager.build(0)
    assert (pager.page, pager.pages, pager.offset) == (1, 1, 0)
    assert pager.previous is None and pager.next is None


@pytest.mark.parametrize(
    ("asked", "page"), [("2", 2), ("99", 5), ("0", 1), ("-3", 1), ("x", 1), (None, 1), ("", 1)]
)
def test_page_from_a_url(asked, page):
    """R67: jumping past the end goes to the last page."""
    assert Pager.build(46, asked).page == page


def test_neighbours():
    pager = Pager.build(46, 2)
    assert (pager.previous, pager.next, pager.pages, pager.offset) == (1, 3, 5, 10)
    assert Pager.build(46, 5).next is None


@given(st.integers(0, 500), st.integers(-5, 100), st.integers(1, 50))
def test_pages_cover_every_row_once(total, page, size):
    pager = Pager.build(total, page, size)
    assert 1 <= pager.page <= pager.pages
    rows = []
    for number in range(1, pager.pages + 1):
        offset = Pager.build(total, number, size).offset
        rows += list(range(total))[offset : offset + size]
    assert rows == list(range(total))


def test_numbers():
    assert to_int("7") == 7
    assert to_int(" 7 ") == 7
    assert to_int("7.5", 3) == 3
    assert clamp(9, 1, 5) == 5
    assert clamp(-1, 1, 5) == 1
