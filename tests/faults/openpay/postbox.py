"""Where the simulated Openpay sends its messages: kept until Odoo has said that it has them.

It outlives every crash. Like Openpay it brings a message again until it was taken; unlike Openpay
it lets the suite choose when, how often and in which order, and lose one.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Postbox:
    """An HTTP server on a free loopback port.

    ``POST /`` takes a message; ``GET /`` lists those that wait as ``[[number, body], ...]``;
    ``DELETE /<number>`` forgets one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, str] = {}
        self._count = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()

    def take(self, body: str) -> None:
        """Keep a message."""
        with self._lock:
            self._count += 1
            self._waiting[self._count] = body

    def waiting(self) -> list[list]:
        """The messages that nobody took, in the order they came."""
        with self._lock:
            return [[number, body] for number, body in self._waiting.items()]

    def forget(self, number: int) -> None:
        """A message was taken, or is lost."""
        with self._lock:
            self._waiting.pop(number, None)

    def _handler(self):
        postbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                postbox.take(self.rfile.read(size).decode())
                self._answer("true")

            def do_GET(self) -> None:
                self._answer(json.dumps(postbox.waiting()))

            def do_DELETE(self) -> None:
                postbox.forget(int(self.path.strip("/")))
                self._answer("true")

            def _answer(self, text: str) -> None:
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args) -> None:
                """Say nothing."""

        return Handler
