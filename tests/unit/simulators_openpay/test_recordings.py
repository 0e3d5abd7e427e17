"""The simulator answers recorded exchanges with the recorded shape."""

import json
import re
from pathlib import Path

import pytest

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "openpay" / "recorded"
CASES = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[56]:00$")
TIMES = ("creation_date", "operation_date")

pytestmark = pytest.mark.skipif(not CASES, reason=f"no recordings in {RECORDED}")


def shape(value):
    """Keys and JSON types; ids, references and the like are values, not shape."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else "text"


def prepare(case, client):
    """Bring the simulator into the state the exchange was recorded in; gives the path to call."""
    request, answer = case["request"], case["response"]
    path = re.sub(r"^.*\{MERCHANT_ID\}", "", request["url"])
    body = request["body"] or {}
    error = answer["body"].get("error_code") if isinstance(answer["body"], dict) else None
    if body.get("source_id"):
        token = {"card_number": "4111111111111111", "cvv2": "110", "holder_name": "Juan Perez R"}
        token |= {"expiration_month": "12", "expiration_year": "25"}
        body["source_id"] = client.post("/tokens", token)["id"]
        if error == 1003:
            charge = {"method": "card", "amount": 1, "description": "x"}
            client.post("/charges", charge | {"source_id": body["source_id"]})
    if error == 2003:
        client.post("/charges", body)
    if path.startswith("/webhooks") and request["method"] != "POST":
        recorded = answer["body"]
        hook = recorded[0] if isinstance(recorded, list) else recorded
        event_types = (hook or {}).get("event_types") or ["charge.created"]
        created = {"url": "http://127.0.0.1:9/none", "user": "u", "password": "p"}
        hook = client.post("/webhooks", created | {"event_types": event_types})
        path = re.sub(r"/w[a-z0-9]{19}", f"/{hook['id']}", path)
    return path, body


@pytest.fixture
def recorded_clock(simulator, client):
    simulator.post("/_control/clock", {"now": "2020-03-10T12:00:00-06:00"})
    yield
    simulator.post("/_control/clock", {})


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_recorded_exchange(path, client, recorded_clock):
    case = json.loads(path.read_text(encoding="utf-8"))
    url, body = prepare(case, client)
    method, expected = case["request"]["method"], case["response"]
    status, headers, answer = client.call(method, url, body if method == "POST" else None)
    assert status == expected["status"]
    assert shape(answer) == shape(expected["body"])
    check_headers(headers, expected["headers"])
    check_values(answer, expected["body"])


def check_headers(headers, expected):
    for name in expected:
        if name.lower() not in ("date", "content-type"):
            assert headers[name], name
    if "Location" in expected:
        assert headers["Location"].endswith("/" + headers["Resource-ID"])
    if "OP-Error-Code" in expected:
        assert headers["OP-Error-Code"] == expected["OP-Error-Code"]


def check_values(answer, expected):
    """Values that do not depend on the moment or the merchant are the recorded ones."""
    if not isinstance(answer, dict):
        return
    same = ("status", "error_code", "http_code", "category", "amount", "fee", "method", "currency")
    for key in (*same, "operation_type", "transaction_type", "order_id", "conciliated"):
        assert answer.get(key) == expected.get(key), key
    for key in ("card_number", "brand", "bank_name", "bank_code", "type", "expiration_year"):
        card, other = answer.get("card") or answer, expected.get("card") or expected
        assert card.get(key) == other.get(key), key
    for key in TIMES:
        if answer.get(key):
            assert STAMP.match(answer[key]), key
    method = answer.get("payment_method") or {}
    if method.get("reference"):
        assert re.fullmatch(r"10101\d{11}", method["reference"])
