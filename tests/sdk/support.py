"""What the cases of ``scenario`` share: calls of the library and of the simulator."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request

import openpay

URL = os.environ["OPENPAY_URL"]
CARD = {"card_number": "4111111111111111", "holder_name": "Ana", "cvv2": "110"}
CARD |= {"expiration_month": "12", "expiration_year": "35"}
BACK = "https://shop.example/back"
DEVICE = "d" * 32


def http(path, data=None):
    """GET, or POST JSON; gives parsed JSON."""
    body = None if data is None else json.dumps(data).encode()
    with urllib.request.urlopen(urllib.request.Request(URL + path, body), timeout=10) as answer:
        return json.loads(answer.read())


def control(action, /, **data):
    """POST to the control interface."""
    return http(f"/_control/{action}", data)


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


def browse(url, **form):
    """Send a form of a page as a browser would; gives where it leads."""
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode())
    try:
        urllib.request.build_opener(StayHere()).open(request, timeout=10)
    except urllib.error.HTTPError as error:
        return error.headers["Location"]
    return None


def token(**values):
    return openpay.Token.create(**(CARD | values))


def charge(source, **values):
    data = {"method": "card", "amount": 349, "description": "Residencial 50"}
    data |= {"source_id": source.id, "device_session_id": DEVICE, "currency": "MXN"}
    return openpay.Charge.create(**(data | values))


def customer(**values):
    data = {"name": "Ana", "email": "ana@example.com", "requires_account": False}
    return openpay.Customer.create(**(data | values))


def refused(kind, code, function, *args, **values):
    """The call is refused by an error of the library with the given Openpay code."""
    try:
        function(*args, **values)
    except kind as error:
        assert error.json_body["error_code"] == code, error.json_body
        return error
    raise AssertionError(f"{code} expected, nothing was refused")
