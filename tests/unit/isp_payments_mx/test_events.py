"""Messages: what is kept, what identifies them, who may send them."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.events import (
    MAX_BYTES,
    EventError,
    announcement,
    parse_event,
    read_basic,
    same_secret,
)

TEXT = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def message(**charge):
    charge = {"id": "tr1", "status": "completed", "order_id": "S1~1"} | charge
    data = {"type": "charge.succeeded", "event_date": "2026-11-22", "transaction": charge}
    return json.dumps(data).encode()


def test_key_is_the_same_for_every_copy():
    first, copy = parse_event(message()), parse_event(message(amount=5))
    assert first.key == copy.key == "charge.succeeded|tr1|completed"
    assert parse_event(message(status="failed")).key != first.key


def test_cards_and_names_are_forgotten():
    body = message(card={"card_number": "411111XXXXXX1111"}, customer={"name": "Ana Rojas"})
    kept = parse_event(body).payload
    assert "411111" not in kept and "Ana" not in kept
    assert json.loads(kept)["transaction"]["order_id"] == "S1~1"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"{}", b'{"type": 5}', b'{"type": ""}', b"\xff\xfe"),
        pytest.param(b"[" * MAX_BYTES, id="deep"),
        pytest.param(b'{"type": ' + b"9" * 5000 + b"}", id="long number"),
        pytest.param(b'{"type": "\\u0000\\ud800"}', id="no character that can be stored"),
    ],
)
def test_unreadable(body):
    with pytest.raises(EventError):
        parse_event(body)


@pytest.mark.parametrize("name", ["../webhooks", "tr1/refund", "tr 1", "tr1?x", "", "x" * 101, 5])
def test_an_id_never_leads_elsewhere(name):
    event = parse_event(message(id=name, customer_id=name))
    assert (event.charge_id, event.customer_id) == ("", "")


def test_what_the_database_cannot_store_is_left_out():
    event = parse_event(
        b'{"type": "a\\u0000b", "event_date": {"x": 1}, "transaction":'
        b' {"id": "tr1", "order_id": "S\\ud800", "error_message": "\\u0000\\udfff"}}'
    )
    assert (event.type, event.order_id) == ("ab", "S")
    assert "\0" not in event.payload
    event.payload.encode()


def test_announcement_has_the_key_of_the_message():
    charge = {"id": "tr1", "status": "COMPLETED", "order_id": "S1~1"}
    assert announcement(charge).key == parse_event(message()).key


def test_too_large():
    with pytest.raises(EventError, match="large"):
        parse_event(b" " * (MAX_BYTES + 1))


@given(JSON)
def test_any_transaction_is_survived(charge):
    event = parse_event(json.dumps({"type": "x", "transaction": charge}).encode())
    assert isinstance(event.charge_id, str)


@given(TEXT.filter(lambda text: ":" not in text), TEXT)
def test_basic(user, password):
    assert read_basic(basic(user, password)) == (user, password)


@pytest.mark.parametrize("header", [None, "", "Basic", "Basic ???", "Bearer abc", "Basic YWJj"])
def test_no_basic(header):
    assert read_basic(header) is None


def test_secrets():
    assert same_secret(("u", "p"), "u", "p")
    assert not same_secret(("u", "x"), "u", "p")
    assert not same_secret(("x", "p"), "u", "p")
    assert not same_secret(None, "u", "p")
    assert not same_secret(("", ""), "", "")
    assert not same_secret(("u", ""), "u", "")


def test_each_part_of_a_refund_is_news():
    def key(**refund):
        charge = {"id": "tr1", "status": "completed", "refund": refund, "card": {"id": "k1"}}
        body = {"type": "charge.refunded", "transaction": charge}
        event = parse_event(json.dumps(body).encode())
        assert "k1" not in event.payload
        return event.key

    first = key(id="tr2", amount=100.0)
    assert first == key(id="tr2", amount=100.0, card={"card_number": "411111XXXXXX1111"})
    assert len({first, key(id="tr3", amount=100.0), key(amount=100.0), key(id=7), key()}) == 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("COMPLETED", "charge.succeeded"),
        ("chargeback_pending", "chargeback.created"),
        ("CHARGEBACK_ACCEPTED", "chargeback.accepted"),
        ("refunded", "charge.refunded"),
    ],
)
def test_what_nobody_announced(status, kind):
    assert announcement({"id": "tr1", "status": status}).type == kind
