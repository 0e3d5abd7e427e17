"""Drive the simulator with the vendor's Python library where its own tests do not go.

Started by ``scripts.sdk`` with the Python that has the library: ``scenario.py <report file>``.
"""

import json
import os
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, HTTPServer

import openpay
from support import BACK, CARD, DEVICE, URL, browse, charge, control, customer, http, refused, token

CASES = []


def case(function):
    """Register a case; its docstring is its name."""
    CASES.append(function)
    return function


@case
def token_is_used_once():
    """a token pays once, the second charge is refused with 1003"""
    source = token()
    assert charge(source).status == "completed"
    refused(openpay.error.APIError, 1003, charge, source)


@case
def order_id_is_unique():
    """a second charge of an order_id is refused with 1006, the first is found by it"""
    first = charge(token(), order_id="S1~0001")
    refused(openpay.error.APIError, 1006, charge, token(), order_id="S1~0001")
    found = openpay.Charge.all(order_id="S1~0001").data
    assert [item.id for item in found] == [first.id]


@case
def external_id_is_unique():
    """a second customer of an external_id is refused with 2003, the first is found by it"""
    first = customer(external_id="7")
    refused(openpay.error.APIError, 2003, customer, external_id="7")
    assert [item.id for item in openpay.Customer.all(external_id="7").data] == [first.id]


@case
def stored_card():
    """a card is stored from a token, charged without the cardholder, and deleted"""
    person = customer()
    card = person.cards.create(token_id=token().id, device_session_id=DEVICE)
    data = {"method": "card", "amount": 349, "description": "x", "source_id": card.id}
    paid = person.charges.create(**data, order_id="M1")
    assert (paid.status, paid.customer_id, paid.card.id) == ("completed", person.id, card.id)
    assert "customer" not in paid
    assert [item.id for item in person.cards.all().data] == [card.id]
    card.customer_id = person.id
    card.delete()
    assert person.cards.all().data == []
    assert person.charges.retrieve(paid.id).status == "completed"


@case
def stored_card_declines():
    """a stored card that the bank declines later raises the library's CardError"""
    person = customer()
    card = person.cards.create(token_id=token().id, device_session_id=DEVICE)
    control("card", card_id=card.id, decline=3003)
    data = {"method": "card", "amount": 349, "description": "x", "source_id": card.id}
    refused(openpay.error.CardError, 3003, person.charges.create, **data)


@case
def challenge():
    """3D Secure: the challenge is accepted or rejected, only reading the charge tells"""
    for button, status in (("accept", "completed"), ("reject", "failed")):
        source = token(card_number="4005580000050508")
        waiting = charge(source, use_3d_secure=True, redirect_url=BACK)
        assert (waiting.status, waiting.payment_method.type) == ("charge_pending", "redirect")
        assert browse(waiting.payment_method.url, result=button) == f"{BACK}?id={waiting.id}"
        assert openpay.Charge.retrieve_as_merchant(waiting.id).status == status


@case
def frictionless():
    """3D Secure without a challenge: the address says so even when it failed"""
    for number, status in (("4005580000051886", "completed"), ("4005580000051829", "failed")):
        waiting = charge(token(card_number=number), use_3d_secure=True, redirect_url=BACK)
        assert "frictionless" in waiting.payment_method.url
        assert openpay.Charge.retrieve_as_merchant(waiting.id).status == status


@case
def hosted_page():
    """the hosted page takes the card; the charge has no id of a stored card"""
    data = {"method": "card", "amount": 349, "description": "x", "confirm": False}
    waiting = openpay.Charge.create(**data, redirect_url=BACK, send_email=False)
    assert browse(waiting.payment_method.url, **CARD) == f"{BACK}?id={waiting.id}"
    paid = openpay.Charge.retrieve_as_merchant(waiting.id)
    assert paid.status == "completed" and "id" not in paid.card


@case
def fraud_is_repeated():
    """3005 is repeated with 3D Secure, the same token and the same order_id"""
    source = token(card_number="4000000000000002")
    refused(openpay.error.CardError, 3005, charge, source, order_id="F1")
    again = charge(source, order_id="F1", use_3d_secure=True, redirect_url=BACK)
    browse(again.payment_method.url, result="accept")
    assert openpay.Charge.retrieve_as_merchant(again.id).status == "completed"


@case
def declines():
    """each decline raises CardError with its code"""
    numbers = {"4222222222222220": 3001, "4444444444444448": 3003, "4000000000000119": 3004}
    for number, code in numbers.items():
        refused(openpay.error.CardError, code, charge, token(card_number=number))


@case
def refunds():
    """a part of a charge is given back, once; the charge stays completed"""
    paid = charge(token())
    paid.refund(merchant=True, amount=100, description="back")
    assert (paid.status, paid["refund"].amount) == ("completed", 100)
    paid = openpay.Charge.retrieve_as_merchant(paid.id)
    refused(openpay.error.APIError, 1003, openpay.Charge.refund, paid, merchant=True)


@case
def capture():
    """an authorised amount is captured in part, or released by a refund"""
    held = charge(token(), capture=False)
    assert held.status == "in_progress"
    held.capture(merchant=True, amount=300)
    assert (held.status, held.amount) == ("completed", 300)
    released = charge(token(), capture=False)
    released.refund(merchant=True)
    assert openpay.Charge.retrieve_as_merchant(released.id).status == "cancelled"


@case
def bank_reference():
    """a SPEI reference is paid with another amount; it takes no refund"""
    data = {"method": "bank_account", "amount": 349, "description": "x"}
    waiting = openpay.Charge.create(**data, due_date="2099-12-31T23:59:59")
    method = waiting.payment_method
    assert (method.type, len(method.name), len(method.clabe)) == ("bank_transfer", 20, 18)
    control("pay", reference=method.name, amount=300)
    paid = openpay.Charge.retrieve_as_merchant(waiting.id)
    assert (paid.status, paid.amount) == ("completed", 300)
    refused(openpay.error.APIError, 3006, openpay.Charge.refund, paid, merchant=True)


@case
def store_reference():
    """a Paynet reference has 16 digits; above the limit it is refused with 1012"""
    data = {"method": "store", "description": "x"}
    waiting = openpay.Charge.create(**data, amount=349)
    reference = waiting.payment_method.reference
    assert len(reference) == 16 and reference.startswith("10101")
    refused(openpay.error.APIError, 1012, openpay.Charge.create, **data, amount=29999.01)
    control("expire", charge_id=waiting.id)
    assert openpay.Charge.retrieve_as_merchant(waiting.id).status == "cancelled"


@case
def dropped_answer():
    """the answer is lost after the charge was made: asking by order_id finds exactly one"""
    source = token()
    control("fault", kind="drop", method="POST", path="/charges")
    try:
        charge(source, order_id="LOST")
    except openpay.error.APIConnectionError:
        pass
    else:
        raise AssertionError("the connection should have been cut")
    assert [item.status for item in openpay.Charge.all(order_id="LOST").data] == ["completed"]


@case
def chargeback():
    """a disputed charge shows its status"""
    paid = charge(token())
    for step, status in (("created", "chargeback_pending"), ("accepted", "chargeback_accepted")):
        control("chargeback", charge_id=paid.id, status=step)
        assert openpay.Charge.retrieve_as_merchant(paid.id).status == status


@case
def keys():
    """a wrong key is refused with 1002, the browser's key with 1010"""
    private = openpay.api_key
    try:
        openpay.api_key = "sk_" + "0" * 32
        refused(openpay.error.AuthenticationError, 1002, openpay.Charge.all)
        openpay.api_key = http("/_control/config")["public_key"]
        refused(openpay.error.APIError, 1010, openpay.Charge.all)
    finally:
        openpay.api_key = private


@case
def webhooks():
    """a target is registered, gets events with our user and password, and is deleted"""
    arrived, ready = [], threading.Event()

    class Target(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrived.append((self.headers["Authorization"], body["type"]))
            if body["type"] == "charge.succeeded":
                ready.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, format, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    events = ["verification", "charge.succeeded"]
    hook = openpay.Webhook.create(url=url, user="u", password="p", event_types=events)
    assert (hook.status, hook.password) == ("verified", "p")
    assert "password" not in openpay.Webhook.retrieve(hook.id)
    charge(token())
    assert ready.wait(10)
    assert {auth for auth, _kind in arrived} == {"Basic dTpw"}
    hook.delete()
    assert openpay.Webhook.all().data == []
    server.shutdown()


def main():
    """Run the cases, each on an empty simulator; write the report."""
    config = http("/_control/config")
    openpay.get_api_base = lambda: URL
    openpay.verify_ssl_certs = False
    openpay.merchant_id = config["merchant"]
    openpay.api_key = os.environ["OPENPAY_KEY"]
    report = []
    for function in CASES:
        control("reset")
        entry = {"name": function.__doc__, "state": "passed", "message": ""}
        try:
            function()
        except Exception:  # noqa: BLE001 - whatever ends a case is its result
            entry |= {"state": "failed", "message": traceback.format_exc()}
        report.append(entry)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(report, file)


if __name__ == "__main__":
    main()
