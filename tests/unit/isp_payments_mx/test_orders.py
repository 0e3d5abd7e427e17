"""order_id: short enough, unique by row, method and database, and readable back."""

import re

from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.orders import order_id, reference_of

REFERENCE = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1)


@given(REFERENCE, st.uuids(), st.integers(1), st.sampled_from(["spei", "paynet"]))
def test_shape(reference, uuid, row, method):
    key = order_id(reference, str(uuid), row, method)
    assert len(key) <= 100
    assert re.fullmatch(r".*~[0-9a-f]{8}", key, re.S)
    assert reference.startswith(reference_of(key))
    assert key == order_id(reference, str(uuid), row, method)


@given(st.uuids(), st.integers(1, 10**6))
def test_reference_used_again_gives_another_key(uuid, row):
    keys = {
        order_id("S1", str(uuid), row, "spei"),
        order_id("S1", str(uuid), row + 1, "spei"),
        order_id("S1", str(uuid), row, "paynet"),
        order_id("S1", "another database", row, "spei"),
    }
    assert len(keys) == 4


def test_reference_with_separator():
    assert reference_of(order_id("A~B", "db", 1, "spei")) == "A~B"
    assert reference_of("no separator") == ""
    assert reference_of(None) == ""
