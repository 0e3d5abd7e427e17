"""Serves the page and passes its requests on to the control interfaces."""

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from ..common import App, Request, Response

STATIC = Path(__file__).parent / "static"
TYPES = {".html": "text/html", ".css": "text/css", ".mjs": "text/javascript"}
TIMEOUT = 10.0


class Lab:
    """The routes of the page.

    :param targets: control address by simulator name; empty means not part of this run.
    :param portal: address of the portal, shown as a link when given.
    """

    def __init__(self, app: App, targets: dict[str, str], portal: str = ""):
        self.targets = {name: url.rstrip("/") for name, url in targets.items() if url}
        self.portal = portal
        self._direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        app.add("GET", "/", lambda _r: self._file("index.html"))
        app.add("GET", "/favicon.ico", lambda _r: Response(204))
        app.add("GET", "/static/{name}", lambda r: self._file(r.params["name"]))
        app.add("GET", "/api/status", lambda _r: self._status())
        for method in ("GET", "POST", "DELETE"):
            app.add(method, r"/api/{name}/(?P<rest>[\w/.-]+)", self._pass_on)

    def _file(self, name: str) -> Response:
        path = STATIC / name
        if path.parent != STATIC or not path.is_file() or path.suffix not in TYPES:
            return Response(404, {"error": "no such file"})
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
        }
        kind = TYPES[path.suffix] + "; charset=utf-8"
        return Response(200, path.read_bytes(), headers, kind)

    def _status(self) -> dict[str, Any]:
        up = {name: self._call("GET", name, "health").status == 200 for name in self.targets}
        return {"portal": self.portal, "simulators": up}

    def _pass_on(self, request: Request) -> Response:
        name = request.params["name"]
        if name not in self.targets:
            return Response(404, {"error": f"{name} is not part of this run"})
        path = request.params["rest"]
        if request.query:
            path += "?" + urllib.parse.urlencode(request.query)
        return self._call(request.method, name, path, request.body or None)

    def _call(self, method: str, name: str, path: str, body: bytes | None = None) -> Response:
        request = urllib.request.Request(
            f"{self.targets[name]}/_control/{path}",
            body,
            {"Content-Type": "application/json"},
            method=method,
        )
        try:
            with self._direct.open(request, timeout=TIMEOUT) as answer:
                return Response(answer.status, json.loads(answer.read() or b"null"))
        except urllib.error.HTTPError as error:
            return Response(error.code, error.read())
        except (OSError, ValueError) as error:
            return Response(502, {"error": f"{name} does not answer: {type(error).__name__}"})


def build(targets: dict[str, str], portal: str = "") -> App:
    """The app of the page."""
    app = App("lab", "lab")
    Lab(app, targets, portal)
    return app
