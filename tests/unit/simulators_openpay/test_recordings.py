"""The simulator answers recorded exchanges with the recorded shape."""

import json
import re
from pathlib import Path

import pytest

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "openpay" / "recorded"
CASES = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []
FORMS = {
    "moment": re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[56]:00$"),
    "uuid": re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    "id of a transaction": re.compile(r"^tr[a-z0-9]{18}$"),
    "id of a customer": re.compile(r"^a[a-z0-9]{19}$"),
    "id of a card": re.compile(r"^k[a-z0-9]{19}$"),
    "id of a webhook": re.compile(r"^w[a-z0-9]{19}$"),
    "reference of a store": re.compile(r"^10101\d{11}$"),
    "barcode": re.compile(r"^https?://[^/]+/barcode/10101\d{11}\?width=1&height=45&text=false$"),
    "masked number": re.compile(r"^\d{6}X{6}\d{4}$"),
    "authorization": re.compile(r"^\d{6}$"),
    "two digits": re.compile(r"^\d\d$"),
    "three digits": re.compile(r"^\d{3}$"),
}

# Values of the moment, of the simulated merchant, or taken out of the recordings
CHANGING = ("id", "request_id", "creation_date", "operation_date", "authorization", "password")
CHANGING += ("payment_method", "url", "user")

pytestmark = pytest.mark.skipif(not CASES, reason=f"no recordings in {RECORDED}")


def shape(value):
    """Keys and JSON types; what changes from call to call is told by its form."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str):
        return next((name for name, form in FORMS.items() if form.match(value)), "text")
    return type(value).__name__


def prepare(case, client):
    """Bring the simulator into the state the exchange was recorded in; gives the path to call."""
    request, answer = case["request"], case["response"]
    path = re.sub(r"^.*\{MERCHANT_ID\}", "", request["url"])
    body = request["body"] or {}
    error = answer["body"].get("error_code") if isinstance(answer["body"], dict) else None
    if body.get("source_id"):
        token = {
            "card_number": "4111111111111111",
            "cvv2": "110",
            "holder_name": "Juan Perez Ramirez",
        }
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
    """The same headers, those that do not change with the same value."""
    assert set(map(str.lower, expected)) <= set(map(str.lower, headers.keys()))
    for name, value in expected.items():
        if name.lower() in ("content-type", "op-error-code"):
            assert headers[name].lower() == value.lower()
        elif name.lower() not in ("date", "location"):
            assert shape(headers[name]) == shape(value), name
    assert ("Location" in headers) == ("Location" in expected)
    if "Location" in expected:
        assert headers["Location"].endswith("/" + headers["Resource-ID"])


def check_values(answer, expected):
    """Values that do not depend on the moment or the merchant are the recorded ones."""
    if not isinstance(answer, dict):
        return
    for key, value in expected.items():
        if key in ("card", "customer", "fee"):
            check_values(answer[key], value)
        elif key not in CHANGING:
            assert answer[key] == value, key
