"""What happens to a reference, and how the merchant is told."""

import base64

import pytest

from tests.simulators.common import SimulatorProcess


@pytest.fixture
def hooked(client, simulator, target):
    data = {"url": target.url, "user": "openpay", "password": "secreto"}
    simulator.post("/_control/webhook", data)
    return client


def reference_of(charge):
    return charge["payment_method"]["name"]


def test_pay(hooked, simulator, target, spei):
    charge = hooked.post("/charges", spei)
    paid = simulator.post("/_control/pay", {"reference": reference_of(charge)})
    assert paid["status"] == "completed" and paid["amount"] == 349.0
    assert paid["fee"] == {"amount": 12.62, "tax": 2.0192, "currency": "MXN"}
    event = target.wait_for("charge.succeeded")[0]
    assert event["transaction"] == hooked.get(f"/charges/{charge['id']}")
    assert set(event) == {"type", "event_date", "transaction", "verification_code"}
    secret = base64.b64encode(b"openpay:secreto").decode()
    assert {auth for auth, _event in target.received} == {f"Basic {secret}"}
    assert target.wait_for("verification") and target.wait_for("charge.created")


@pytest.mark.parametrize("amount", [100.0, 400.0])
def test_other_amount(hooked, simulator, spei, amount):
    charge = hooked.post("/charges", spei)
    data = {"charge_id": charge["id"], "amount": amount}
    assert simulator.post("/_control/pay", data)["amount"] == amount
    assert hooked.get(f"/charges/{charge['id']}")["amount"] == amount


def test_paid_twice(hooked, simulator, target, spei):
    charge = hooked.post("/charges", spei)
    second = simulator.post("/_control/pay", {"reference": reference_of(charge), "times": 2})
    assert second["id"] != charge["id"] and second["order_id"] is None
    assert reference_of(second) == reference_of(charge)
    events = target.wait_for("charge.succeeded", 2)
    assert {event["transaction"]["id"] for event in events} == {charge["id"], second["id"]}


def test_expiry_and_late_payment(hooked, simulator, target, spei):
    charge = hooked.post("/charges", spei)
    expired = simulator.post("/_control/expire", {"charge_id": charge["id"]})
    assert expired["status"] == "cancelled"
    assert target.wait_for("transaction.expired")[0]["transaction"]["id"] == charge["id"]
    assert simulator.post("/_control/pay", {"charge_id": charge["id"]})["status"] == "completed"


def test_clock_expires_references(hooked, simulator, spei):
    simulator.post("/_control/clock", {"now": "2026-11-22T10:00:00-06:00"})
    charge = hooked.post("/charges", spei | {"due_date": "2026-11-24T23:59:59"})
    assert charge["creation_date"] == "2026-11-22T10:00:00-06:00"
    answer = simulator.post("/_control/clock", {"now": "2026-11-25T00:00:00-06:00"})
    assert answer["expired"] == [charge["id"]]


def test_retry_until_accepted(hooked, simulator, target, spei):
    target.wait_for("verification")
    target.answers = [500, 302]
    hooked.post("/charges", spei)
    assert len(target.wait_for("charge.created", 3)) == 3
    delivery = simulator.get("/_control/deliveries")[0]
    assert delivery["type"] == "charge.created"


def test_duplicates_and_order(hooked, simulator, target, spei):
    charge = hooked.post("/charges", spei)
    target.wait_for("charge.created")
    simulator.post("/_control/webhook/hold")
    simulator.post("/_control/expire", {"charge_id": charge["id"]})
    simulator.post("/_control/pay", {"charge_id": charge["id"]})
    simulator.post("/_control/webhook/release", {"order": "reverse"})
    target.wait_for("transaction.expired")
    types = [event["type"] for _auth, event in target.received]
    assert types.index("charge.succeeded") < types.index("transaction.expired")
    again = {"charge_id": charge["id"], "times": 9, "type": "charge.succeeded"}
    assert simulator.post("/_control/webhook/resend", again) == {"queued": 9}
    assert len(target.wait_for("charge.succeeded", 10)) == 10


def test_any_event(hooked, simulator, target, spei):
    charge = hooked.post("/charges", spei)
    data = {"charge_id": charge["id"], "type": "charge.rescored.to.decline", "status": "failed"}
    changed = simulator.post("/_control/event", data | {"extra": {"new_field": [1]}})
    assert changed["status"] == hooked.get(f"/charges/{charge['id']}")["status"] == "failed"
    event = target.wait_for("charge.rescored.to.decline")[0]
    assert (event["transaction"], event["new_field"]) == (changed, [1])
    simulator.post("/_control/event", {"charge_id": charge["id"], "type": "order.created"})
    assert target.wait_for("order.created")


def test_three_d_secure(client, simulator):
    card = {"card_number": "4005580000050508", "cvv2": "110", "holder_name": "Juan Perez"}
    token = client.post("/tokens", card | {"expiration_month": "12", "expiration_year": "35"})
    data = {"method": "card", "amount": 10, "description": "x", "source_id": token["id"]}
    data |= {"use_3d_secure": True, "redirect_url": "https://shop.example/back"}
    charge = client.post("/charges", data)
    assert charge["status"] == "charge_pending"
    assert charge["payment_method"]["type"] == "redirect"
    done = simulator.post("/_control/3ds", {"charge_id": charge["id"], "success": False})
    assert done["status"] == "failed"


def test_state_survives_a_kill(tmp_path, spei, new_client):
    state = str(tmp_path / "openpay.json")
    with SimulatorProcess("openpay", "--state", state) as first:
        charge = new_client(first.url).post("/charges", spei)
        first.process.kill()
    with SimulatorProcess("openpay", "--state", state) as second:
        client = new_client(second.url)
        assert client.get(f"/charges/{charge['id']}") == charge
        assert client.call("POST", "/charges", spei)[2]["error_code"] == 1006
        assert client.post("/charges", spei | {"order_id": "other"})["id"] != charge["id"]


def test_only_loopback(simulator):
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    port = f"{simulator.port:04X}"
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(":" + port)]
    assert listening == ["0100007F:" + port]
