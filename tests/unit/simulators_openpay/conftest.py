"""Fixtures: the simulator as a process, a client with the merchant's keys, a webhook target."""

import base64
import json
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.simulators.common import SimulatorProcess  # noqa: E402
from tests.simulators.openpay.config import (  # noqa: E402
    DEMO_MERCHANT,
    DEMO_PRIVATE_KEY,
    DEMO_PUBLIC_KEY,
)


class Client:
    """Calls the public API like a merchant's server would."""

    def __init__(self, url, key=DEMO_PRIVATE_KEY, merchant=DEMO_MERCHANT):
        self.base = f"{url}/v1/{merchant}"
        self.key = key

    def call(self, method, path, data=None, timeout=10, headers=None):
        """Returns (status, headers, parsed body)."""
        secret = base64.b64encode(f"{self.key}:".encode()).decode()
        all_headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
        all_headers.update(headers or {})
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(self.base + path, body, all_headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.headers, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.loads(error.read() or b"null")

    def get(self, path):
        return self.call("GET", path)[2]

    def post(self, path, data):
        return self.call("POST", path, data)[2]


class WebhookTarget:
    """A listening endpoint that records what arrives and answers what it is told to."""

    def __init__(self):
        self.received = []
        self.answers = []
        self.changed = threading.Condition()
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with target.changed:
                    event = json.loads(body)
                    target.received.append((self.headers.get("Authorization"), event))
                    status = target.answers.pop(0) if target.answers else 200
                    target.changed.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self, event_type):
        return [event for _auth, event in self.received if event["type"] == event_type]

    def wait_for(self, event_type, count=1, timeout=10):
        with self.changed:
            self.changed.wait_for(lambda: len(self.events(event_type)) >= count, timeout)
        return self.events(event_type)


@pytest.fixture(scope="module")
def simulator():
    with SimulatorProcess("openpay", "--seed", "tests") as process:
        yield process


@pytest.fixture
def client(simulator):
    simulator.post("/_control/reset")
    return Client(simulator.url)


@pytest.fixture
def new_client():
    """The client class, for simulators a test starts itself."""
    return Client


@pytest.fixture
def public_client(simulator):
    return Client(simulator.url, key=DEMO_PUBLIC_KEY)


@pytest.fixture
def target():
    hook = WebhookTarget()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


@pytest.fixture
def spei():
    """A valid SPEI charge request; ``order_id`` must be changed for a second one."""
    return {
        "method": "bank_account",
        "amount": 349.0,
        "description": "Residencial 50",
        "order_id": "S1~00000001",
        "due_date": "2099-11-24T23:59:59",
        "customer": {"name": "Ana", "email": "ana@example.com"},
    }
