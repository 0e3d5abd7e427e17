"""A signed-in user of the demo without a browser."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.request

from scripts.console import Problem
from scripts.demo_app import DATABASE


class Visitor:
    """Pages and JSON-RPC calls of one user.

    :param url: where the demo answers
    :raises Problem: when the server answers with an error
    """

    def __init__(self, url: str, login: str, password: str) -> None:
        self.url = url
        # proxies are for the outside, never for loopback
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        words = {"db": DATABASE, "login": login, "password": password}
        self.rpc("/web/session/authenticate", words)

    def get(self, path: str) -> str:
        """Ask for a page and read it; a redirect is not an answer."""
        with self.opener.open(f"{self.url}{path}", timeout=60) as answer:
            if answer.url != f"{self.url}{path}":
                raise Problem(f"{path} led to {answer.url}")
            return answer.read().decode()

    def rpc(self, path: str, params: dict):
        """Call a JSON-RPC route."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with self.opener.open(request, timeout=60) as answer:
            content = json.loads(answer.read())
        if "error" in content:
            raise Problem(f"{path}: {content['error']['data']['message']}")
        return content["result"]

    def call(self, model: str, method: str, *args, **kwargs):
        """Call a public method of a model."""
        words = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.rpc(f"/web/dataset/call_kw/{model}/{method}", words)
