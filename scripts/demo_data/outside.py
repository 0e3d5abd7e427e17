"""The outside world of the demo: the simulators' control interfaces and the clock they share."""

from __future__ import annotations

import base64
import datetime
import json
import os
import urllib.request

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def address(name: str) -> str:
    """Base URL of a simulator (``openpay``, ``pac``, ``snmp``) or of Odoo (``url``)."""
    return os.environ[f"ISP_DEMO_{name.upper()}"]


def control(name: str, path: str, data: dict | None = None):
    """Call ``/_control/<path>`` of a simulator: GET without data, POST with."""
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(
        f"{address(name)}/_control/{path}", body, {"Content-Type": "application/json"}
    )
    with _OPENER.open(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def post(path: str, data: dict, user: str):
    """Call the API of a simulator (``openpay/v1/…``) as a browser does, with a public key."""
    name, _slash, rest = path.partition("/")
    mark = base64.b64encode(f"{user}:".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {mark}"}
    request = urllib.request.Request(f"{address(name)}/{rest}", json.dumps(data).encode(), headers)
    with _OPENER.open(request, timeout=30) as answer:
        return json.loads(answer.read())


def set_clocks(moment: datetime.datetime | None) -> None:
    """Stop the simulators' clocks at a UTC moment; None lets them run again."""
    now = moment.replace(tzinfo=datetime.UTC).isoformat() if moment else None
    for name in ("openpay", "pac"):
        control(name, "clock", {"now": now})
