"""Plain calls to the simulator and the postbox, past every proxy."""

from __future__ import annotations

import json
import urllib.request

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(method: str, url: str, data=None, headers=None):
    """Call the simulator or the postbox; returns the parsed answer."""
    body = None if data is None else json.dumps(data).encode()
    headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, body, headers, method=method)
    with _direct.open(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")
