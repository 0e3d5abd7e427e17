"""Customers' accounts, transfers, payouts, fees, plans, groups of merchants, known ids."""

import time

import pytest

from tests.simulators.openpay.config import DEMO_GROUP, DEMO_GROUP_KEY, DEMO_MERCHANT

CARD = {
    "card_number": "4111111111111111",
    "cvv2": "110",
    "holder_name": "Juan Perez",
    "expiration_month": "12",
    "expiration_year": "35",
}
CLABE = "012914002014112176"
PLAN = {
    "name": "Plan",
    "amount": 15,
    "repeat_every": "1",
    "repeat_unit": "month",
    "status_after_retry": "cancelled",
    "trial_days": "30",
}


@pytest.fixture
def holder(client):
    """A customer with an account that holds 100."""
    customer = client.post("/customers", {"name": "Ana", "email": "a@b.mx"})
    charge = {"method": "card", "amount": 100, "description": "x", "card": CARD}
    client.post(f"/customers/{customer['id']}/charges", charge)
    return customer


def balance(client, customer):
    return client.get(f"/customers/{customer['id']}")["balance"]


def test_refund_and_chargeback_take_it_back(client, holder, simulator):
    path = f"/customers/{holder['id']}/charges"
    paid = client.get(path)[0]
    client.post(f"{path}/{paid['id']}/refund", {"amount": 40})
    assert balance(client, holder) == 60
    second = client.post(path, {"method": "card", "amount": 7, "description": "x", "card": CARD})
    for status in ("created", "accepted"):
        simulator.post("/_control/chargeback", {"charge_id": second["id"], "status": status})
    assert balance(client, holder) == 60


def test_transfer_is_two_transactions(client, holder):
    other = client.post("/customers", {"name": "B", "email": "b@b.mx"})
    data = {"customer_id": other["id"], "amount": 12.5, "description": "x", "order_id": "T1"}
    path = f"/customers/{holder['id']}/transfers"
    sent = client.post(path, data)
    assert (sent["method"], sent["transaction_type"]) == ("customer", "transfer")
    assert (balance(client, holder), balance(client, other)) == (87.5, 12.5)
    received = client.get(f"/customers/{other['id']}/transfers")
    assert [(t["operation_type"], t["order_id"]) for t in received] == [("in", None)]
    assert client.get(f"{path}/{sent['id']}") == sent
    assert client.call("POST", path, data)[2]["error_code"] == 1006
    more = data | {"amount": 1000, "order_id": "T2"}
    assert client.call("POST", path, more)[2]["error_code"] == 4001


def test_no_transfer_without_an_account(client, holder):
    data = {"name": "B", "email": "b@b.mx", "requires_account": False}
    other = client.post("/customers", data)
    assert "balance" not in other and "status" not in other
    data = {"customer_id": other["id"], "amount": 1, "description": "x"}
    refused = client.call("POST", f"/customers/{holder['id']}/transfers", data)
    assert refused[2]["error_code"] == 3006


def test_bank_accounts(client, holder):
    path = f"/customers/{holder['id']}/bankaccounts"
    account = client.post(path, {"clabe": CLABE, "holder_name": "Ana"})
    assert account["clabe"] == "012XXXXXXXXXX12176" and account["bank_name"] == "BANCOMER"
    assert client.get(path) == [account]
    again = client.call("POST", path, {"clabe": CLABE, "holder_name": "Ana"})
    assert again[2]["error_code"] == 2001
    wrong = client.call("POST", path, {"clabe": CLABE[:-1] + "0", "holder_name": "Ana"})
    assert wrong[2]["error_code"] == 1001
    assert client.call("DELETE", f"{path}/{account['id']}")[0] == 204
    assert client.call("GET", f"{path}/{account['id']}")[0] == 404


@pytest.mark.parametrize(
    ("end", "status", "left"), [(True, "completed", 90.0), (False, "failed", 100.0)]
)
def test_payouts(client, holder, simulator, end, status, left):
    path = f"/customers/{holder['id']}/payouts"
    account = {"clabe": CLABE, "holder_name": "Ana"}
    data = {"method": "bank_account", "bank_account": account, "amount": 10, "description": "x"}
    payout = client.post(path, data)
    assert (payout["status"], balance(client, holder)) == ("in_progress", 90)
    simulator.post("/_control/payout", {"payout_id": payout["id"], "success": end})
    assert client.get(f"{path}/{payout['id']}")["status"] == status
    assert balance(client, holder) == left
    assert client.call("DELETE", f"{path}/{payout['id']}")[2]["error_code"] == 1003


def test_payout_is_cancelled(client, holder):
    path = f"/customers/{holder['id']}/payouts"
    card = {"card_number": CARD["card_number"], "holder_name": "Ana", "bank_code": "012"}
    payout = client.post(path, {"method": "card", "card": card, "amount": 10, "description": "x"})
    assert payout["card"]["card_number"] == "411111XXXXXX1111"
    assert client.call("DELETE", f"{path}/{payout['id']}")[0] == 204
    assert balance(client, holder) == 100


def test_fees(client, holder):
    before = client.get("")["balance"]
    fee = client.post("/fees", {"customer_id": holder["id"], "amount": 5, "description": "x"})
    assert (balance(client, holder), client.get("")["balance"]) == (
        95,
        pytest.approx(before + 5),
    )
    refund = client.post(f"/fees/{fee['id']}/refund", {})
    assert (refund["transaction_type"], refund["operation_type"]) == ("refund", "in")
    assert balance(client, holder) == 100
    assert client.call("POST", f"/fees/{fee['id']}/refund", {})[2]["error_code"] == 1003


def test_plans_and_subscriptions(client, holder, simulator):
    simulator.post("/_control/clock", {"now": "2026-11-22T10:00:00-06:00"})
    plan = client.post("/plans", PLAN)
    assert (plan["repeat_every"], plan["trial_days"], plan["status"]) == (1, 30, "active")
    assert client.call("POST", "/plans", PLAN | {"repeat_unit": "day"})[2]["error_code"] == 1001
    base = f"/customers/{holder['id']}/subscriptions"
    trial = client.post(base, {"plan_id": plan["id"], "card": CARD})
    assert (trial["status"], trial["trial_end_date"]) == ("trial", "2026-12-21")
    assert trial["charge_date"] == "2026-12-22"
    past = {"plan_id": plan["id"], "card": CARD, "trial_end_date": "2026-11-21"}
    active = client.post(base, past)
    assert (active["status"], active["period_end_date"]) == ("active", "2026-12-21")
    assert len(client.get(f"/plans/{plan['id']}/subscriptions")) == 2
    changed = client.call("PUT", f"{base}/{active['id']}", active | {"cancel_at_period_end": True})
    assert changed[2] == active | {"cancel_at_period_end": True}
    assert client.call("DELETE", f"{base}/{trial['id']}")[0] == 204
    assert client.get(f"{base}/{trial['id']}")["status"] == "cancelled"
    client.call("DELETE", f"/plans/{plan['id']}")
    assert client.get(f"/plans/{plan['id']}")["status"] == "deleted"
    assert client.call("POST", base, {"plan_id": plan["id"], "card": CARD})[2]["error_code"] == 1003


def test_group_shares_customers(simulator, client, new_client):
    group = new_client(simulator.url, DEMO_GROUP_KEY, f"groups/{DEMO_GROUP}")
    customer = group.post("/customers", {"name": "Ana", "email": "a@b.mx"})
    card = group.post(f"/customers/{customer['id']}/cards", CARD)
    charge = {"method": "card", "amount": 1, "description": "x", "source_id": card["id"]}
    assert client.call("POST", "/charges", charge)[2]["error_code"] == 1005
    path = f"/merchants/{DEMO_MERCHANT}/charges"
    assert group.post(path, charge)["status"] == "completed"
    group.key = "sk_" + "0" * 32
    assert group.call("GET", "/customers")[0] == 401
    assert client.get(f"/customers/{customer['id']}")["id"] == customer["id"]


def test_months_without_interest(client):
    data = {"method": "card", "amount": 900, "description": "x", "card": CARD}
    assert (
        client.post("/charges", data | {"payment_plan": {"payments": 3}})["status"] == "completed"
    )
    refused = client.call("POST", "/charges", data | {"payment_plan": {"payments": 4}})
    assert refused[2]["error_code"] == 1001


def test_known_ids(client, holder, simulator):
    simulator.post("/_control/rename", {"id": holder["id"], "to": "aknown00000000000000"})
    assert client.get("/customers/aknown00000000000000")["id"] == "aknown00000000000000"
    assert client.call("GET", f"/customers/{holder['id']}")[0] == 404


def test_no_event_leaves_the_machine(client, simulator):
    data = {"url": "https://bin.example.com/x", "event_types": ["charge.created"]}
    assert client.post("/webhooks", data)["status"] == "verified"
    for _attempt in range(50):
        delivery = simulator.get("/_control/deliveries")[0]
        if delivery["attempts"]:
            break
        time.sleep(0.1)
    assert (delivery["answer"], delivery["status"]) == ("outside", "dropped")
