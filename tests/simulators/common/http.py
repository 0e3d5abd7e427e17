"""A small JSON web server on the standard library, with routes and injected faults.

Every simulator builds one :class:`App`, adds routes and calls :func:`serve`, which binds the
loopback interface only.
"""

import json
import re
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .faults import FaultBoard

MAX_BODY = 4 * 1024 * 1024
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, X-Requested-With",
    "Access-Control-Max-Age": "600",
}


class HttpError(Exception):
    """A refusal with a status and a JSON body.

    :param status: HTTP status to answer.
    :param body: JSON-able body.
    :param headers: extra response headers.
    """

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None):
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.headers = headers or {}


@dataclass
class Request:
    """One request as routes see it; ``params`` are the named groups of the route's pattern."""

    method: str
    path: str
    query: dict[str, str]
    headers: Any
    body: bytes
    base_url: str
    params: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Parse the body as JSON.

        :raises ValueError: the body is not JSON or not UTF-8.
        """
        return json.loads(self.body.decode("utf-8"))

    def json_or_empty(self) -> dict[str, Any]:
        """Parse the body, reading an empty one as an empty object.

        :raises HttpError: 400 for anything that is not a JSON object.
        """
        if not self.body.strip():
            return {}
        try:
            value = self.json()
        except ValueError as error:
            raise HttpError(400, {"error": "not JSON"}) from error
        if not isinstance(value, dict):
            raise HttpError(400, {"error": "not a JSON object"})
        return value


@dataclass
class Response:
    """What a route answers: ``body`` is bytes, text or a JSON-able value, None is empty."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"

    def payload(self) -> bytes:
        """The bytes to send."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False).encode()


Handler = Callable[[Request], Any]


class App:
    """Routes, faults and the health answer of one simulator.

    :param name: what ``/_control/health`` says.
    :param server_header: value of the ``Server`` response header.
    """

    def __init__(self, name: str, server_header: str = "simulator"):
        self.name = name
        self.server_header = server_header
        self.faults = FaultBoard()
        self.health: Callable[[], dict[str, Any]] = dict
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []
        self.add("GET", "/_control/health", lambda _r: {"ok": True, "name": name, **self.health()})
        self.add("GET", "/_control/fault", lambda _r: self.faults.as_list())
        self.add("POST", "/_control/fault", self._add_fault)
        self.add("DELETE", "/_control/fault", self._clear_faults)

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        """Register a route; ``{name}`` in the pattern matches one path segment."""
        regex = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        self._routes.append((method, re.compile(f"^{regex}/?$"), handler))

    def dispatch(self, request: Request) -> Response:
        """Find and run the route of a request; unknown paths answer 404, wrong methods 405."""
        allowed = False
        for method, regex, handler in self._routes:
            match = regex.match(request.path)
            if not match:
                continue
            allowed = True
            if method == request.method:
                request.params = match.groupdict()
                return self._answer(handler, request)
        if allowed:
            return self.refuse(405, request)
        return self.refuse(404, request)

    def refuse(self, status: int, request: Request) -> Response:
        """Answer for what no route serves (404, 405) and for too large a body (413).

        Simulators with an own error format override it.
        """
        text = "too large" if status == 413 else "no such route"
        return Response(status, {"error": text, "path": request.path})

    def _answer(self, handler: Handler, request: Request) -> Response:
        try:
            result = handler(request)
        except HttpError as error:
            return Response(error.status, error.body, error.headers)
        return result if isinstance(result, Response) else Response(200, result)

    def _add_fault(self, request: Request) -> dict[str, Any]:
        try:
            return self.faults.add(request.json_or_empty()).as_dict()
        except (TypeError, ValueError) as error:
            raise HttpError(400, {"error": str(error)}) from error

    def _clear_faults(self, _request: Request) -> dict[str, Any]:
        self.faults.clear()
        return {"ok": True}


class _RequestHandler(BaseHTTPRequestHandler):
    """Reads a request, applies faults, lets the app answer, writes header and body at once."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = 60
    app: App

    def version_string(self) -> str:
        return self.app.server_header

    def log_message(self, format, *args):
        """Simulators are silent: the control interface tells what happened."""

    def _read(self) -> Request | None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        host = self.headers.get("Host") or f"127.0.0.1:{self.server.server_address[1]}"
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=self.headers,
            body=self.rfile.read(length) if 0 < length <= MAX_BODY else b"",
            base_url=f"http://{host}",
        )
        if length > MAX_BODY:
            self.close_connection = True
            self._skip(min(length, 16 * MAX_BODY))  # a caller that still sends hears no answer
            self._send(self.app.refuse(413, request))
            return None
        return request

    def _skip(self, length: int) -> None:
        while length > 0 and (part := self.rfile.read(min(length, 65536))):
            length -= len(part)

    def _serve(self) -> None:
        request = self._read()
        if request is None:
            return
        if request.method == "OPTIONS":
            self._send(Response(204))
            return
        fault = None
        if not request.path.startswith("/_control"):
            fault = self.app.faults.take(request.method, request.path)
        if fault and fault.before:
            time.sleep(fault.seconds)
            if fault.kind == "refuse":
                self._drop()
                return
            if fault.kind == "error":
                self._send(Response(fault.status, fault.body))
                return
        response = self.app.dispatch(request)
        if fault and not fault.before:
            time.sleep(fault.seconds)
            if fault.kind == "drop":
                self._drop()
                return
            if fault.kind == "error_after":
                response = Response(fault.status, fault.body)
        self._send(response)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = _serve

    def _send(self, response: Response) -> None:
        payload = response.payload()
        try:
            self.send_response(response.status)
            for key, value in {**CORS, **response.headers}.items():
                self.send_header(key, value)
            if response.status != 204:
                self.send_header("Content-Type", response.content_type)
                self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            if response.status != 204:
                self.wfile.write(payload)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller gave up waiting: that is its right

    def _drop(self) -> None:
        """Cut the connection with a reset, so that the caller knows nothing."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Callers that vanish are part of the game; nothing to print."""


def make_server(app: App, port: int) -> ThreadingHTTPServer:
    """Bind the app on 127.0.0.1; port 0 picks a free one."""
    handler = type("Handler", (_RequestHandler,), {"app": app})
    return _Server(("127.0.0.1", port), handler)


def serve(app: App, port: int, on_stop: Callable[[], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; prints the address on standard output once listening."""
    server = make_server(app, port)

    def stop(_signum, _frame):
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    print(f"{app.name} simulator listening on {address}", flush=True)
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        server.server_close()
        if on_stop:
            on_stop()
