"""The laboratory page works with any subset of the simulators up."""

import urllib.error
import urllib.request

import pytest

from tests.simulators.common import SimulatorProcess


@pytest.fixture
def lab(simulator):
    with SimulatorProcess("lab", "--openpay", simulator.url, "--pac", "http://127.0.0.1:9") as page:
        yield page


def fetch(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def test_page_is_self_contained(lab):
    kind, text = fetch(lab.url + "/")
    assert kind.startswith("text/html")
    assert "https://" not in text and "//cdn" not in text
    assert fetch(lab.url + "/static/lab.css")[0].startswith("text/css")
    for name in ("lab", "cards", "ui"):
        assert fetch(f"{lab.url}/static/{name}.mjs")[0].startswith("text/javascript")


def test_nothing_outside_static(lab):
    for path in ("/static/app.py", "/static/%2e%2e/app.py", "/static/none.css"):
        with pytest.raises(urllib.error.HTTPError):
            fetch(lab.url + path)


def test_status_of_a_subset(lab):
    assert lab.get("/api/status")["simulators"] == {"openpay": True, "pac": False}
    with pytest.raises(urllib.error.HTTPError) as refused:
        lab.get("/api/snmp/devices")
    assert refused.value.code == 404


def test_pays_a_reference(lab, client, spei):
    charge = client.post("/charges", spei)
    assert [item["id"] for item in lab.get("/api/openpay/charges")] == [charge["id"]]
    lab.post("/api/openpay/pay", {"charge_id": charge["id"], "amount": 100})
    assert client.get(f"/charges/{charge['id']}")["amount"] == 100.0
    with pytest.raises(urllib.error.HTTPError) as refused:
        lab.post("/api/openpay/pay", {"charge_id": "none"})
    assert refused.value.code == 404


def test_disputes_a_card_charge(lab, client):
    card = {"card_number": "4111111111111111", "cvv2": "110", "holder_name": "Ana"}
    card |= {"expiration_month": "12", "expiration_year": "35"}
    data = {"method": "card", "amount": 349, "description": "x", "card": card}
    charge = client.post("/charges", data)
    for status in ("created", "accepted"):
        lab.post("/api/openpay/chargeback", {"charge_id": charge["id"], "status": status})
    assert client.get(f"/charges/{charge['id']}")["status"] == "chargeback_accepted"
