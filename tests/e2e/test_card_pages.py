"""What a shop's page and a cardholder's browser meet at the simulated Openpay."""

from __future__ import annotations

import base64
import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.simulators.common import SimulatorProcess
from tests.simulators.openpay.config import DEMO_MERCHANT, DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY

CARD = {
    "card_number": "4005580000050508",
    "holder_name": "Ana",
    "expiration_month": "12",
    "expiration_year": "35",
    "cvv2": "110",
}
TOKENISE = """
card => new Promise(resolve => OpenPay.token.create(
    card, answer => resolve(answer.data), error => resolve({...error.data, status: error.status})
))
"""


@pytest.fixture(scope="module")
def openpay():
    with SimulatorProcess("openpay") as process:
        yield process


@pytest.fixture(scope="module")
def shop(openpay):
    """Address of a shop, another origin than the simulator, whose pages load the scripts."""
    scripts = "".join(
        f'<script src="{openpay.url}/js/{name}.v1.min.js"></script>'
        for name in ("openpay", "openpay-data")
    )
    html = f"<!doctype html><form id='pay'></form>{scripts}".encode()

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(html)))
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def charge(openpay, shop):
    """Charge with the merchant's key; without data read the charge of an id."""

    def call(data=None, charge_id=""):
        secret = base64.b64encode(f"{DEMO_PRIVATE_KEY}:".encode()).decode()
        request = urllib.request.Request(
            f"{openpay.url}/v1/{DEMO_MERCHANT}/charges{charge_id and '/' + charge_id}",
            json.dumps(data).encode() if data else None,
            {"Authorization": f"Basic {secret}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    base = {"method": "card", "amount": 349, "description": "x", "redirect_url": f"{shop}/back"}
    return lambda data=None, charge_id="": call(data and base | data, charge_id)


@pytest.fixture
def page(browser, shop):
    """The shop's page, ready to make tokens."""
    page = browser.new_page()
    page.goto(shop)
    setup = "OpenPay.setId(id); OpenPay.setApiKey(key); OpenPay.setSandboxMode(true)"
    page.evaluate(f"([id, key]) => {{ {setup} }}", [DEMO_MERCHANT, DEMO_PUBLIC_KEY])
    yield page
    page.close()


def test_token_and_challenge(page, charge, shop):
    device = page.evaluate("() => OpenPay.deviceData.setup('pay', 'device')")
    assert len(device) == 32
    assert page.locator("#device").input_value() == device
    token = page.evaluate(TOKENISE, CARD)
    data = {"source_id": token["id"], "device_session_id": device, "use_3d_secure": True}
    waiting = charge(data)
    page.goto(waiting["payment_method"]["url"])
    page.click("#accept")
    page.wait_for_url(f"{shop}/back?id={waiting['id']}")
    assert charge(charge_id=waiting["id"])["status"] == "completed"


def test_refusals_reach_the_page(page):
    refused = page.evaluate(TOKENISE, CARD | {"card_number": "4111111111111112"})
    assert (refused["status"], refused["error_code"]) == (422, 2004)
    for good, call in (
        (True, "validateCardNumber('4111 1111 1111 1111')"),
        (False, "validateCardNumber('4111111111111112')"),
        (True, "validateCVC('1234', '343434343434343')"),
        (False, "validateCVC('123', '343434343434343')"),
        (True, "validateExpiry('12', '35')"),
        (False, "validateExpiry('13', '35')"),
        (False, "validateExpiry('01', '2020')"),
    ):
        assert page.evaluate(f"() => OpenPay.card.{call}") is good, call


def test_hosted_page(page, charge, shop):
    waiting = charge({"confirm": False})
    page.goto(waiting["payment_method"]["url"])
    for name, value in (CARD | {"card_number": "4111111111111112"}).items():
        page.fill(f"#{name}", value)
    page.click("#pay")
    assert page.locator("#error").is_visible()
    for name, value in (CARD | {"card_number": "5555555555554444"}).items():
        page.fill(f"#{name}", value)
    page.click("#pay")
    page.wait_for_url(f"{shop}/back?id={waiting['id']}")
    assert charge(charge_id=waiting["id"])["card"]["brand"] == "mastercard"
