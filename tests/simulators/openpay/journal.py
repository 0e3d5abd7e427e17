"""What callers have sent, for tests that count calls or look for things never to be sent."""

import threading
from collections import deque
from typing import Any

from ..common import HttpError, Request

KEPT = 1000
SHOWN_HEADERS = ("X-Forwarded-For", "User-Agent", "Origin")


class Journal:
    """The last requests, oldest first; kept in memory only."""

    def __init__(self):
        self._lock = threading.Lock()
        self._requests: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def note(self, request: Request) -> None:
        """Remember a request; card numbers and codes in it only as the names of their fields."""
        try:
            body = request.json_or_empty() if request.method in ("POST", "PUT") else {}
        except HttpError:  # refused later, in the words of the API
            body = {}
        hidden = {"card_number", "cvv2", "card"}
        entry = {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": {name: request.headers.get(name) for name in SHOWN_HEADERS},
            "fields": sorted(body),
            "body": {key: value for key, value in body.items() if key not in hidden},
        }
        with self._lock:
            self._requests.append(entry)

    def read(self, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """Requests of a method whose path contains a text."""
        with self._lock:
            found = list(self._requests)
        return [r for r in found if method in ("", r["method"]) and path in r["path"]]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._requests.clear()
