"""What leaves this machine for a PAC, and what happens when it does not answer."""

from __future__ import annotations

import ast
import socket
import threading
from pathlib import Path

import pytest
from isp_cfdi_services.pac import base, errors
from isp_cfdi_services.sat_status import ask_quietly
from isp_cfdi_services.verify import stamped_problems

SERVICES = Path(__file__).resolve().parents[3] / "addons/isp_cfdi/services"


class Ear:
    """Takes connections, keeps what it is sent and says nothing."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.heard: list[bytes] = []
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._hear, args=(connection,), daemon=True).start()

    def _hear(self, connection):
        self.heard.append(b"")
        place = len(self.heard) - 1
        try:
            while part := connection.recv(65536):
                self.heard[place] += part
        except OSError:
            return

    def close(self):
        """Hang up."""
        for each in (self._socket, *self._open):
            each.close()


@pytest.fixture
def ear():
    listening = Ear()
    yield listening
    listening.close()


def test_o8_every_pac_stamps_and_gives_the_xml_alone(ear, kind, adapter, sealed, key):
    """The printed form is ours: nobody asks for one, and every PAC we offer can stamp."""
    sent = sealed()
    assert stamped_problems(sent, adapter.stamp(sent, key).xml) == []
    asked = kind(ear.url, base.Credentials(token="x", user="u", password="p"), timeout=0.3)
    with pytest.raises(errors.PacUnknownOutcome):
        asked.stamp(sent, key)
    (request,) = ear.heard
    head = request.partition(b"<?xml")[0].lower()
    assert b"post /" in head
    assert b"pdf" not in head and b"email" not in head
    assert b"/issue/" not in head and b"sign_stamp" not in request.lower()


@pytest.mark.parametrize("call", ["stamp", "recover", "cancel", "ping"])
def test_s6_every_call_gives_up(ear, kind, sealed, key, call):
    """A PAC that takes the connection and never answers: unknown, soon."""
    # With a token the document itself is on its way; without one there is a login to test.
    access = base.Credentials("u", "p", "" if call == "ping" else "x")
    silent = kind(ear.url, access, timeout=0.3)
    calls = {
        "stamp": lambda: silent.stamp(sealed(), key),
        "recover": lambda: silent.recover(sealed(), key),
        "cancel": lambda: silent.cancel(b"<Cancelacion/>"),
        "ping": silent.ping,
    }
    with pytest.raises((errors.PacUnknownOutcome, errors.PacTransient)) as caught:
        calls[call]()  # without a limit of its own it would never come back
    assert call == "ping" or isinstance(caught.value, errors.PacUnknownOutcome)


def test_s6_sat_that_never_answers_is_no_answer(ear):
    assert ask_quietly("?re=A&rr=B&tt=1.0&id=C", ear.url, timeout=0.3) is None


def test_s6_http_is_talked_in_one_place_which_sets_the_timeouts():
    users = set()
    for path in SERVICES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", []) if hasattr(alias, "name")]
            modules = {getattr(node, "module", None) or "", *map(str, names)}
            if {"requests", "http.client", "urllib.request", "httpx"} & modules:
                users.add(path.name)
    assert users == {"transport.py"}
