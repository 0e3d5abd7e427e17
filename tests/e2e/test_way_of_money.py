"""The money engine as customers and staff meet it: plan change, reconnection, notices."""

from __future__ import annotations

import json
import re
import time

import pytest

from tests.visitor import Visitor

LONGEST = 60  # seconds a busy machine may need; `make bench NAME=webhook` times it


def joined(text: str) -> str:
    """Text without its white space."""
    return "".join(text.split())


def reference_of(one, button) -> str:
    """Press a payment method and return the reference of the voucher it opens."""
    with one.context.expect_page() as opened:
        button.click()
    voucher = opened.value
    voucher.wait_for_load_state("networkidle")
    reference = joined(voucher.locator(".o_isp_ref_code").first.inner_text())
    assert re.fullmatch(r"\d{20}", reference)
    return reference


def wait_for(page, url: str, found) -> float:
    """Load ``url`` again until ``found(text)``; return the seconds it took."""
    began = time.monotonic()
    text = ""
    while time.monotonic() - began < LONGEST:
        page.goto(url)
        text = page.inner_text("main")
        if found(text):
            return time.monotonic() - began
        time.sleep(0.2)
    raise AssertionError(f"not within {LONGEST} s: {text[:500]}")


@pytest.fixture(scope="module")
def billing(demo) -> Visitor:
    """Somebody of billing."""
    row = next(login for login in demo.logins.values() if login["login"] == "cobranza")
    return Visitor(demo.url, row["login"], row["password"])


def service_of(billing, demo, situation: str, *names: str) -> dict:
    """Fields of the service of a customer of the demo."""
    domain = [("name", "=", demo.logins[situation]["contract"])]
    return billing.call("isp.subscription", "search_read", domain, fields=list(names))[0]


def test_plan_changes_only_when_its_money_arrives(visit, demo, billing):
    """R38 to R42, F2: the request waits; the amount shown is the amount at the bank."""
    one = visit("changing")
    page = one.sign_in()
    before = service_of(billing, demo, "changing", "plan_id", "price_total", "open_change_id")
    assert before["open_change_id"]
    change = before["open_change_id"][0]
    asked = billing.call("isp.plan.change", "read", [change], ["amount_due", "plan_to_id"])[0]
    page.goto(f"{demo.url}/my/isp/plan")
    page.locator("a.o_isp_btn[href*='pay']").first.click()
    page.wait_for_url("**/pay/summary*")
    shown = joined(page.inner_text("main"))
    assert f"${asked['amount_due']:,.2f}" in shown
    button = page.get_by_role("button", name=re.compile("Transferencia bancaria"))
    reference = reference_of(one, button)
    charges = demo.control(1, "charges")
    charge = next(row for row in charges if reference in json.dumps(row))
    assert float(charge["amount"]) == asked["amount_due"]
    assert (
        service_of(billing, demo, "changing", "plan_id", "price_total").items() <= before.items()
    ), "nothing changes before the money"
    demo.control(1, "pay", {"reference": reference})
    name = asked["plan_to_id"][1]
    wait_for(page, f"{demo.url}/my/isp", lambda text: name in text)
    after = service_of(billing, demo, "changing", "plan_id", "open_change_id", "balance_due")
    assert after["plan_id"][0] == asked["plan_to_id"][0]
    assert not after["open_change_id"]
    state = billing.call("isp.plan.change", "read", [change], ["state", "applied_at"])[0]
    assert state["state"] == "applied"
    assert state["applied_at"]


def test_suspended_service_is_back_within_seconds_of_the_money(visit, demo, billing):
    """R7, R70, F10: money at the bank, service on, clock recorded."""
    one = visit("suspended")
    page = one.sign_in()
    assert "SUSPENDIDO" in page.inner_text("main").upper()
    page.goto(f"{demo.url}/my/isp/pay")
    page.get_by_role("link", name=re.compile(r"^Pagar \$")).first.click()
    page.wait_for_url("**/pay/summary*")
    button = page.get_by_role("button", name=re.compile("Transferencia bancaria"))
    demo.control(1, "pay", {"reference": reference_of(one, button)})
    wait_for(page, f"{demo.url}/my/isp", lambda text: "ACTIVO" in text.upper())
    row = service_of(billing, demo, "suspended", "suspension_ids", "network_state", "state")
    assert (row["state"], row["network_state"]) == ("active", "on")
    clock = billing.call(
        "isp.suspension",
        "read",
        [max(row["suspension_ids"])],
        ["paid_at", "reactivated_at", "network_confirmed_at", "seconds_to_restore"],
    )[0]
    assert clock["paid_at"] <= clock["reactivated_at"] <= clock["network_confirmed_at"]
    assert clock["seconds_to_restore"] <= LONGEST


def test_customers_got_their_notices_once(demo, billing):
    """Every notice that was sent is at the post office, and no notice came twice."""
    sent = billing.call(
        "isp.notice", "search_read", [("state", "=", "sent")], fields=["recipient", "subject"]
    )
    assert sent
    messages = demo.control(5, "messages?limit=5000")
    arrived = [message["message_id"] for message in messages]
    assert len(arrived) == len(set(arrived)), "the same mail twice"
    pairs = {(message["to"][0], message["subject"]) for message in messages}
    missing = {(row["recipient"], row["subject"]) for row in sent} - pairs
    assert not missing


def test_simulation_equals_what_the_runs_of_today_did(billing):
    """The demo's day is over: nothing is left to bill, to warn or to cut."""
    wizard = billing.call("isp.run.simulate", "create", [{}])
    wizard = wizard[0] if isinstance(wizard, list) else wizard
    billing.call("isp.run.simulate", "action_simulate", [wizard])
    (run,) = billing.call(
        "isp.run",
        "search_read",
        [("is_dry", "=", True)],
        fields=["state", "invoices", "failed"],
        order="id desc",
        limit=1,
    )
    assert run["state"] == "done"
    assert (run["invoices"], run["failed"]) == (0, 0)
