"""The running demo and a real browser. Started by ``make test``; by hand: ``make demo-up``, then
``ISP_DEMO_HOME=.cache/demo .cache/venv/bin/python -m pytest -p no:odoo tests/e2e``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

#: Chromium asks the outside world for nothing
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
PHONE = {"width": 390, "height": 844}
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Demo:
    """Addresses and logins of the running demo."""

    port: int
    logins: dict[str, dict]

    @property
    def url(self) -> str:
        """Base URL of Odoo."""
        return f"http://127.0.0.1:{self.port}"

    def control(self, offset: int, path: str, data: dict | None = None):
        """Call ``/_control/<path>`` of the simulator at ``DEMO_PORT + offset``."""
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port + offset}/_control/{path}",
            body,
            {"Content-Type": "application/json"},
        )
        with _OPENER.open(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="session")
def demo() -> Demo:
    """The demo that ``ISP_DEMO_HOME`` and ``DEMO_PORT`` name."""
    home = Path(os.environ["ISP_DEMO_HOME"])
    logins = json.loads((home / "logins.json").read_text())
    by_situation = {row.get("situation", row["login"]): row for row in logins}
    return Demo(int(os.environ.get("DEMO_PORT", "8069")), by_situation)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        yield launched
        launched.close()


class Visit:
    """A customer's visit in a browser of its own; keeps what went wrong on the way."""

    def __init__(self, browser: Browser, demo: Demo, situation: str, viewport: dict) -> None:
        self.demo = demo
        self.login = demo.logins[situation]
        self.context = browser.new_context(
            viewport=viewport, locale="es-MX", timezone_id="America/Mexico_City"
        )
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.context.on("page", self._listen)
        self._listen(self.page)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._note_outside)

    def _note_outside(self, request) -> None:
        if not request.url.startswith((self.demo.url, "data:", "blob:", "about:")):
            self.outside.append(request.url)

    def leave(self) -> None:
        """Close the visit's pages.

        Chromium may never answer when it is told to close a page that is loading itself anew, as a
        voucher does that was just paid: so each page comes to rest first.
        """
        for page in self.context.pages:
            with contextlib.suppress(Error):
                page.goto("about:blank")
        self.context.close()

    def sign_in(self) -> Page:
        """From the public home page to the dashboard, in as few taps as a customer needs."""
        page = self.page
        page.goto(f"{self.demo.url}/area-de-clientes")
        page.fill("input[name=login]", self.login["login"])
        page.fill("input[name=password]", self.login["password"])
        page.click(
            "form.oe_login_form button[type=submit], form[action*='login'] button[type=submit]"
        )
        page.wait_for_url("**/my/isp*")
        return page


@pytest.fixture
def visit(browser, demo):
    """Make visits; afterwards no script failed and nothing was asked from the outside."""
    made: list[Visit] = []

    def make(situation: str, viewport: dict | None = None) -> Visit:
        made.append(Visit(browser, demo, situation, viewport or PHONE))
        return made[-1]

    yield make
    # Before they leave: what a page was asking for then fails.
    errors = [error for one in made for error in one.errors]
    outside = [url for one in made for url in one.outside]
    for one in made:
        one.leave()
    assert errors == []
    assert outside == []
