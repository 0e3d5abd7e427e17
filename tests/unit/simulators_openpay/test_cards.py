"""Card payments: stored cards, 3D Secure and the hosted page, refusals, what comes later."""

import re
import urllib.error
import urllib.parse
import urllib.request

import pytest

CARD = {
    "card_number": "4111111111111111",
    "cvv2": "110",
    "holder_name": "Juan Perez",
    "expiration_month": "12",
    "expiration_year": "35",
}
BACK = "https://shop.example/back?order=7"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


def browse(url, form=None):
    """A cardholder's browser without scripts: (status, where to go, page)."""
    body = None if form is None else urllib.parse.urlencode(form).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect())
    try:
        with opener.open(urllib.request.Request(url, body), timeout=5) as answer:
            return answer.status, answer.headers["Location"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Location"], error.read().decode()


@pytest.fixture
def pay(client):
    """Charge a card by its number; gives (status, body)."""

    def run(number=CARD["card_number"], **values):
        token = client.post("/tokens", CARD | {"card_number": number})
        data = {"method": "card", "amount": 349, "description": "x", "source_id": token["id"]}
        status, _headers, body = client.call("POST", "/charges", data | values)
        return status, body

    return run


@pytest.fixture
def customer(client):
    data = {"name": "Ana", "email": "a@b.mx", "external_id": "7", "requires_account": False}
    return client.post("/customers", data)


@pytest.fixture
def stored(client, customer):
    token = client.post("/tokens", CARD)
    data = {"token_id": token["id"], "device_session_id": "d" * 32}
    return client.post(f"/customers/{customer['id']}/cards", data)


def recurring(order_id, card):
    data = {"method": "card", "amount": 349, "description": "x", "source_id": card["id"]}
    return data | {"order_id": order_id}


# --- 3D Secure and the hosted page ---------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "button", "status"),
    [
        ("4005580000050508", "accept", "completed"),
        ("4005580000050508", "reject", "failed"),
        ("4005580000051811", "accept", "failed"),
        ("4444444444444448", "accept", "failed"),
        ("4000000000000002", "accept", "completed"),
    ],
)
def test_challenge(pay, client, number, button, status):
    _status, charge = pay(number, use_3d_secure=True, redirect_url=BACK)
    assert charge["status"] == "charge_pending"
    url = charge["payment_method"]["url"]
    shown, _where, page = browse(url)
    assert shown == 200 and 'id="accept"' in page and 'id="reject"' in page
    assert browse(url, {"result": button})[:2] == (303, f"{BACK}&id={charge['id']}")
    assert client.get(f"/charges/{charge['id']}")["status"] == status
    assert browse(url)[:2] == (303, f"{BACK}&id={charge['id']}")


@pytest.mark.parametrize(
    ("number", "status"), [("4005580000051886", "completed"), ("4005580000051829", "failed")]
)
def test_frictionless(pay, client, number, status):
    _status, charge = pay(number, use_3d_secure=True, redirect_url=BACK)
    assert charge["status"] == "charge_pending"
    assert "frictionless" in charge["payment_method"]["url"]
    assert client.get(f"/charges/{charge['id']}")["status"] == status
    assert browse(charge["payment_method"]["url"])[1] == f"{BACK}&id={charge['id']}"


@pytest.fixture
def hosted(client):
    data = {"method": "card", "amount": 349, "description": "x", "confirm": False}
    return client.post("/charges", data | {"redirect_url": BACK, "send_email": False})


def test_hosted_page(hosted, client):
    url = hosted["payment_method"]["url"]
    page = browse(url)[2]
    assert re.findall(r'id="(\w+)"', page) == ["amount", *sorted(CARD, key=page.index), "pay"]
    assert 'id="error"' in browse(url, CARD | {"card_number": "4111111111111112"})[2]
    assert client.get(f"/charges/{hosted['id']}")["status"] == "charge_pending"
    assert browse(url, CARD)[:2] == (303, f"{BACK}&id={hosted['id']}")
    charge = client.get(f"/charges/{hosted['id']}")
    assert charge["status"] == "completed" and charge["card"]["card_number"].endswith("1111")
    assert "id" not in charge["card"]


def test_hosted_page_declines(hosted, client):
    browse(hosted["payment_method"]["url"], CARD | {"card_number": "4444444444444448"})
    charge = client.get(f"/charges/{hosted['id']}")
    assert (charge["status"], charge["error_code"]) == ("failed", 3003)


@pytest.mark.parametrize("success", [True, False])
def test_hosted_without_a_browser(hosted, client, simulator, success):
    simulator.post("/_control/3ds", {"charge_id": hosted["id"], "success": success})
    expected = "completed" if success else "failed"
    assert client.get(f"/charges/{hosted['id']}")["status"] == expected


def test_no_redirect_url(pay):
    assert pay(use_3d_secure=True)[1]["error_code"] == 1001


def test_fraud_again_with_3d_secure(client):
    token = client.post("/tokens", CARD | {"card_number": "4000000000000002"})
    data = {"method": "card", "amount": 10, "description": "x", "source_id": token["id"]}
    data["order_id"] = "S1"
    refused = client.call("POST", "/charges", data)
    assert (refused[0], refused[2]["error_code"]) == (402, 3005)
    assert refused[2]["fraud_rules"]
    again = client.post("/charges", data | {"use_3d_secure": True, "redirect_url": BACK})
    assert again["status"] == "charge_pending"
    assert [c["status"] for c in client.get("/charges?order_id=S1")] == ["charge_pending", "failed"]


# --- stored cards --------------------------------------------------------------------------


def test_stored_card(client, customer, stored):
    base = f"/customers/{customer['id']}"
    assert client.get(f"{base}/cards") == [stored]
    charge = client.post(f"{base}/charges", recurring("m1", stored))
    assert (charge["status"], charge["customer_id"]) == ("completed", customer["id"])
    assert charge["card"]["id"] == stored["id"]
    assert client.call("DELETE", f"{base}/cards/{stored['id']}")[0] == 204
    assert client.get(f"{base}/cards") == []
    assert client.get(f"{base}/charges/{charge['id']}") == charge
    refused = client.call("POST", f"{base}/charges", recurring("m2", stored))
    assert refused[2]["error_code"] == 1005


def test_stored_twice(client, customer, stored):
    token = client.post("/tokens", CARD)
    refused = client.call("POST", f"/customers/{customer['id']}/cards", {"token_id": token["id"]})
    assert (refused[0], refused[2]["error_code"]) == (409, 2002)


def test_stored_card_of_another(client, stored):
    other = client.post("/customers", {"name": "B", "email": "b@b.mx"})
    refused = client.call("POST", f"/customers/{other['id']}/charges", recurring("m1", stored))
    assert refused[2]["error_code"] == 1005


def test_stored_card_declines_later(client, customer, stored, simulator):
    path = f"/customers/{customer['id']}/charges"
    simulator.post("/_control/card", {"card_id": stored["id"], "decline": 3003})
    refused = client.call("POST", path, recurring("m1", stored))
    assert (refused[0], refused[2]["error_code"]) == (402, 3003)
    simulator.post("/_control/card", {"card_id": stored["id"]})
    assert client.call("POST", path, recurring("m1", stored))[2]["error_code"] == 1006
    assert client.post(path, recurring("m2", stored))["status"] == "completed"
    simulator.post("/_control/card", {"card_id": stored["id"], "expiration_year": 20})
    assert client.call("POST", path, recurring("m3", stored))[2]["error_code"] == 2005


def test_card_change_from_the_browser(public_client, client, customer, stored):
    path = f"/customers/{customer['id']}/cards/{stored['id']}"
    change = {"expiration_year": "40", "cvv2": "123"}
    assert public_client.call("PUT", path, change)[::2] == (200, {})
    assert client.get(path)["expiration_year"] == "40"


@pytest.mark.parametrize(("code", "error"), [("999", 2009), ("1", 1001), ("", 2006)])
def test_security_codes(client, code, error):
    assert client.post("/tokens", CARD | {"cvv2": code})["error_code"] == error


def test_switches(client, customer, stored, simulator):
    path = f"/customers/{customer['id']}/charges"
    simulator.post("/_control/config", {"stored_cvv_required": True, "store_limit": 100})
    assert client.call("POST", path, recurring("m1", stored))[2]["error_code"] == 2006
    data = recurring("m1", stored) | {"cvv2": "110"}
    charge = client.post(path, data)
    assert client.call("GET", f"/charges/{charge['id']}")[0] == 404
    simulator.post("/_control/config", {"merchant_sees_customers": True})
    assert client.get("/charges?order_id=m1") == [charge]
    store = {"method": "store", "amount": 100.01, "description": "x"}
    assert client.call("POST", "/charges", store)[2]["error_code"] == 1012
    simulator.post("/_control/config", {})
    assert simulator.get("/_control/config")["store_limit"] == 29999.0


def test_decline_cards_are_settings(pay, simulator):
    simulator.post("/_control/config", {"decline_cards": {CARD["card_number"]: 3010}})
    assert pay()[1]["error_code"] == 3010
    assert pay("4444444444444448")[1]["status"] == "completed"
    for wrong in ({"decline_cards": "none"}, {"nothing": 1}, {"several_refunds": "yes"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            simulator.post("/_control/config", wrong)
        assert refused.value.code == 400


def test_device_is_required(client, pay, simulator):
    simulator.post("/_control/config", {"device_required": True})
    assert pay()[1]["error_code"] == 1001
    assert pay(device_session_id="d" * 32)[1]["status"] == "completed"


# --- what comes later ----------------------------------------------------------------------


def test_authorise_and_capture(pay, client):
    _status, charge = pay(capture=False)
    assert charge["status"] == "in_progress" and charge["authorization"]
    path = f"/charges/{charge['id']}/capture"
    assert client.call("POST", path, {"amount": 349.01})[2]["error_code"] == 1003
    captured = client.post(path, {"amount": 300})
    assert (captured["status"], captured["amount"]) == ("completed", 300.0)


def test_held_amount_is_released(pay, client):
    _status, charge = pay(capture=False)
    assert client.post(f"/charges/{charge['id']}/refund", {})["status"] == "cancelled"


def test_partial_refunds(pay, client, simulator):
    _status, charge = pay()
    path = f"/charges/{charge['id']}/refund"
    refunded = client.post(path, {"amount": 100, "description": "back"})
    assert (refunded["status"], refunded["refund"]["amount"]) == ("completed", 100.0)
    assert refunded["refund"]["id"] != charge["id"]
    assert client.call("POST", path, {"amount": 1})[2]["error_code"] == 1003
    simulator.post("/_control/config", {"several_refunds": True})
    assert client.call("POST", path, {"amount": 249.01})[2]["error_code"] == 1003
    assert client.post(path, {})["refund"]["amount"] == 249.0


def test_refund_by_every_answer(pay, client, simulator):
    _status, charge = pay()
    path = f"/charges/{charge['id']}/refund"
    simulator.post("/_control/config", {"no_funds": True})
    assert client.call("POST", path, {})[2]["error_code"] == 4001
    switches = {"no_funds": False, "refund_told": False, "refund_status": True}
    simulator.post("/_control/config", switches)
    made = simulator.post("/_control/refund", {"charge_id": charge["id"], "description": "x"})
    assert (made["status"], made["refund"]["description"]) == ("refunded", None)
    assert client.call("POST", path, {})[2]["error_code"] == 1003


def test_chargeback(pay, client, simulator, target):
    simulator.post("/_control/webhook", {"url": target.url, "user": "u", "password": "p"})
    _status, charge = pay()
    data = {"charge_id": charge["id"]}
    for step, status in [
        ("created", "chargeback_pending"),
        ("rejected", "completed"),
        ("created", "chargeback_pending"),
        ("accepted", "chargeback_accepted"),
    ]:
        changed = simulator.post("/_control/chargeback", data | {"status": step})
        assert changed["status"] == status
        assert client.get(f"/charges/{charge['id']}")["status"] == status
    assert target.wait_for("chargeback.accepted")[0]["transaction"]["id"] == charge["id"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        simulator.post("/_control/chargeback", data)
    assert refused.value.code == 409


# --- what a shop and its tests need --------------------------------------------------------


def test_requests_are_told_without_card_data(client, simulator):
    client.call("POST", "/cards", CARD, headers={"X-Forwarded-For": "203.0.113.9"})
    sent = simulator.get("/_control/requests?method=POST&path=/cards")
    assert [item["headers"]["X-Forwarded-For"] for item in sent] == ["203.0.113.9"]
    assert sent[0]["fields"] == sorted(CARD)
    assert CARD["card_number"] not in str(sent)


def test_scripts_of_a_shop(simulator):
    for name, word in [("openpay", "token"), ("openpay-data", "deviceData")]:
        with urllib.request.urlopen(f"{simulator.url}/js/{name}.v1.min.js") as answer:
            assert answer.headers["Content-Type"].startswith("text/javascript")
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert word in answer.read().decode()


def test_stores(simulator):
    query = "latitud=19.42&longitud=-102.06&kilometers=20"
    shops = simulator.get(f"/stores?{query}")
    assert [shop["address"]["city"] for shop in shops] == ["Uruapan", "Uruapan"]
    dear = simulator.get(f"/stores?{query}&amount=20000")
    assert [shop["paynet_chain"]["name"] for shop in dear] == ["Farmacias Tarasca"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        simulator.get("/stores?latitud=x")
    assert refused.value.code == 400
