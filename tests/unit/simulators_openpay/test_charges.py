"""Charges, references, keys and refusals over real sockets."""

import threading
import urllib.error

import pytest

CARD = {
    "card_number": "4111111111111111",
    "cvv2": "110",
    "holder_name": "Juan Perez",
    "expiration_month": "12",
    "expiration_year": "35",
}


def clabe_ok(clabe):
    weights = (3, 7, 1) * 6
    total = sum(int(d) * w % 10 for d, w in zip(clabe[:17], weights, strict=False))
    return len(clabe) == 18 and int(clabe[17]) == -total % 10


def test_spei_charge(client, spei):
    status, headers, charge = client.call("POST", "/charges", spei)
    assert status == 200
    assert headers["Resource-ID"] == charge["id"]
    method = charge["payment_method"]
    assert method["type"] == "bank_transfer"
    assert method["agreement"] == "1411217"
    assert len(method["name"]) == 20 and method["name"].isdigit()
    assert clabe_ok(method["clabe"])
    assert charge["status"] == "in_progress"
    assert charge["due_date"] == "2099-11-24T23:59:59-06:00"
    assert client.get(f"/charges/{charge['id']}") == charge


def test_references_are_unique(client, spei):
    charges = [client.post("/charges", spei | {"order_id": f"o{n}"}) for n in range(30)]
    assert len({charge["payment_method"]["name"] for charge in charges}) == 30
    assert len({charge["id"] for charge in charges}) == 30


def test_duplicate_order_id(client, spei):
    client.post("/charges", spei)
    status, headers, error = client.call("POST", "/charges", spei)
    assert (status, error["error_code"], headers["OP-Error-Code"]) == (409, 1006, "1006")


def test_duplicate_order_id_in_parallel(client, spei):
    statuses = []
    threads = [
        threading.Thread(target=lambda: statuses.append(client.call("POST", "/charges", spei)[0]))
        for _index in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 9


def test_list_filters(client, spei):
    for number in range(12):
        client.post("/charges", spei | {"order_id": f"o{number}", "amount": 100 + number})
    assert [c["order_id"] for c in client.get("/charges?order_id=o3")] == ["o3"]
    assert len(client.get("/charges")) == 10
    assert client.get("/charges")[0]["order_id"] == "o11"
    assert [c["order_id"] for c in client.get("/charges?offset=10&limit=5")] == ["o1", "o0"]
    assert len(client.get("/charges?amount[gte]=105&amount[lte]=106")) == 2
    assert client.get("/charges?status=COMPLETED") == []


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"amount": 1.001},
        {"amount": "x"},
        {"description": ""},
        {"method": "barter"},
        {"currency": "EUR"},
        {"order_id": "x" * 101},
        {"description": "x" * 251},
        {"due_date": "tomorrow"},
        {"customer": {"name": "No mail"}},
    ],
)
def test_bad_request(client, spei, change):
    status, _headers, error = client.call("POST", "/charges", spei | change)
    assert (status, error["error_code"]) == (400, 1001)
    assert "fraud_rules" not in error


def test_store_limit(client, spei):
    answer = client.call("POST", "/charges", spei | {"method": "store", "amount": 29999.01})
    assert answer[2]["error_code"] == 1012


def test_keys(client, public_client, spei, simulator):
    assert public_client.call("POST", "/charges", spei)[2]["error_code"] == 1010
    assert public_client.call("POST", "/tokens", CARD)[0] == 201
    client.key = "sk_" + "0" * 32
    status, _headers, error = client.call("GET", "/charges")
    assert (status, error["error_code"]) == (401, 1002)


def test_private_key_in_a_browser(client):
    answer = client.call("GET", "/charges", headers={"Origin": "https://shop.example"})
    assert (answer[0], answer[2]["error_code"]) == (403, 1010)


def test_unknown_merchant_and_path(client):
    client.base = client.base[:-3] + "xxx"
    assert client.call("GET", "/charges")[2]["error_code"] == 1002
    assert client.call("GET", "/nothing")[2]["error_code"] == 1005


def test_too_large(client):
    status, headers, error = client.call("POST", "/tokens", {"x": "y" * (4 * 1024 * 1024)})
    assert (status, error["error_code"], headers["OP-Error-Code"]) == (413, 1009, "1009")


def test_preflight(client):
    status, headers, _body = client.call("OPTIONS", "/tokens")
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in headers["Access-Control-Allow-Headers"]


def test_customer_level(client, spei):
    customer = client.post("/customers", {"name": "Ana", "email": "a@b.mx", "external_id": "7"})
    again = client.call("POST", "/customers", {"name": "B", "email": "b@b.mx", "external_id": "7"})
    assert again[2]["error_code"] == 2003
    spei.pop("customer")
    charge = client.post(f"/customers/{customer['id']}/charges", spei)
    assert charge["customer_id"] == customer["id"] and "customer" not in charge
    assert client.get(f"/customers/{customer['id']}/charges/{charge['id']}") == charge
    assert client.call("GET", f"/charges/{charge['id']}")[0] == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"card_number": "4111111111111112"}, 2004),
        ({"expiration_year": "20"}, 2005),
        ({"cvv2": ""}, 2006),
    ],
)
def test_bad_cards(client, change, code):
    assert client.post("/tokens", CARD | change)["error_code"] == code


def test_declined_card(client):
    token = client.post("/tokens", CARD | {"card_number": "4444444444444448"})
    data = {"method": "card", "amount": 10, "description": "x", "source_id": token["id"]}
    status, _headers, error = client.call("POST", "/charges", data)
    assert (status, error["error_code"]) == (402, 3003)
    assert client.get("/charges?status=FAILED")[0]["error_message"]


def test_refund_of_card_only(client, spei):
    charge = client.post("/charges", spei)
    refused = client.call("POST", f"/charges/{charge['id']}/refund", {})
    assert (refused[0], refused[2]["error_code"]) == (412, 3006)
    token = client.post("/tokens", CARD)
    data = {"method": "card", "amount": 10, "description": "x", "source_id": token["id"]}
    charge = client.post("/charges", data)
    refunded = client.post(f"/charges/{charge['id']}/refund", {"description": "back"})
    assert refunded["status"] == "completed"
    assert refunded["refund"]["transaction_type"] == "refund"


def test_no_number_is_kept(client, simulator):
    client.post("/cards", CARD)
    card = client.get("/cards")[0]
    assert card["card_number"] == "411111XXXXXX1111"
    assert not any(key.startswith("_") for key in card)


def test_drop_after_processing(client, spei, simulator):
    simulator.post("/_control/fault", {"kind": "drop", "method": "POST", "path": "/charges"})
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        client.call("POST", "/charges", spei)
    found = client.get(f"/charges?order_id={spei['order_id']}")
    assert len(found) == 1 and found[0]["status"] == "in_progress"


def test_error_and_refuse_do_nothing(client, spei, simulator):
    simulator.post("/_control/fault", {"kind": "error", "status": 503, "method": "POST"})
    assert client.call("POST", "/charges", spei)[0] == 503
    simulator.post("/_control/fault", {"kind": "refuse", "method": "POST"})
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        client.call("POST", "/charges", spei)
    assert client.get("/charges") == []
    assert client.call("POST", "/charges", spei)[0] == 200
