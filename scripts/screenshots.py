"""Pictures of portal and back office from the running demo: ``python3 -m scripts.screenshots``.

All pictures go to ``.cache/screenshots``; those that the documents show also go, with few colours,
to ``docs/img``. A reference for the voucher page is asked for when the customer has none.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import system_packages
from .console import Problem, main, say, step
from .paths import CACHE, ROOT
from .reexec import inside
from .running import Running, running

TARGET = CACHE / "screenshots"
DOCUMENTS = ROOT / "docs" / "img"
#: what README and docs show: picture -> name below docs/img
COMMITTED = {
    "dashboard-390-screen": "portal-dashboard-phone",
    "pay-390-screen": "portal-pay-phone",
    "voucher-390-screen": "portal-voucher-phone",
    "traffic-390-screen": "portal-traffic-phone",
    "dashboard-1280": "portal-dashboard-desktop",
    "office-kanban": "office-subscriptions",
    "office-form": "office-subscription",
}
COLOURS = 256
BYTES = 300_000
#: Chromium asks the outside world for nothing
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
#: width in CSS pixels -> (height of the screen, device pixels per CSS pixel)
SCREENS = {390: (844, 2), 1280: (800, 1), 1440: (900, 1)}
PHONE, DESKTOP, OFFICE_SCREEN = SCREENS
PORTAL = {
    "dashboard": "/my/isp",
    "payments": "/my/isp/payments",
    "invoices": "/my/isp/invoices",
    "pay": "/my/isp/pay?months=2",
    "summary": "/my/isp/pay/summary?months=2",
    "documents": "/my/isp/documents",
    "traffic": "/my/isp/traffic",
}
#: picture -> payment method with a reference
REFERENCES = {"voucher": "spei", "cash": "paynet"}
#: picture -> (action, view)
OFFICE = {
    "office-kanban": ("isp_subscription.isp_subscription_action", "kanban"),
    "office-list": ("isp_subscription.isp_subscription_action", "list"),
    "office-periods": ("isp_subscription.isp_subscription_period_action", "list"),
    "office-cfdi": ("isp_cfdi.isp_cfdi_document_action", "list"),
    "office-devices": ("isp_traffic.isp_device_action", "list"),
}
SETTLE = 300  # milliseconds for pictures and layout
QUIET = """() => !document.querySelector('.o_loading_indicator, .o_blockUI, .o_view_sample_data')
    && document.fonts.status === 'loaded'"""


class Camera:
    """A browser window of one width; signed in as one user, or nobody."""

    def __init__(self, browser, demo: Running, width: int) -> None:
        height, scale = SCREENS[width]
        self.demo = demo
        self.size = {"width": width, "height": height}
        self.context = browser.new_context(
            viewport=self.size,
            device_scale_factor=scale,
            locale="es-MX",
            timezone_id="America/Mexico_City",
            reduced_motion="reduce",
        )
        self.page = self.context.new_page()

    def sign_in(self, key: str, address: str, arrived: str) -> None:
        """Sign in by the form that leads to ``address`` and wait for ``arrived``."""
        row = self.demo.login(key)
        self.page.goto(f"{self.demo.url}{address}")
        self.page.fill("input[name=login]", row["login"])
        self.page.fill("input[name=password]", row["password"])
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(arrived)

    def open(self, address: str) -> None:
        """Show a page in the window's first size."""
        self.page.set_viewport_size(self.size)
        self.page.goto(f"{self.demo.url}{address}")

    def shoot(self, name: str, whole: bool = True) -> None:
        """Save a picture; ``whole`` makes the window as high as the page.

        The window grows, rather than the picture: what is fixed to its lower edge stays there. A
        phone's first screen is saved beside it. The back office never ceases to talk, so only the
        portal's pages are waited for until silent.
        """
        page = self.page
        if whole:
            page.wait_for_load_state("networkidle")
        page.wait_for_function(QUIET)
        page.wait_for_timeout(SETTLE)
        if whole and self.size["width"] == PHONE:
            page.screenshot(path=TARGET / f"{name}-screen.png")
        if whole:
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({**self.size, "height": max(height, self.size["height"])})
            page.wait_for_timeout(SETTLE)
        page.screenshot(path=TARGET / f"{name}.png")
        say(f"  {name}")


@contextmanager
def camera(browser, demo: Running, width: int) -> Iterator[Camera]:
    """A window for the block."""
    one = Camera(browser, demo, width)
    try:
        yield one
    finally:
        one.context.close()


# === WHAT IS SHOWN === #


def portal(browser, demo: Running, width: int) -> None:
    """Every page of the customer area in one width."""
    with camera(browser, demo, width) as one:
        one.open("/area-de-clientes")
        one.shoot(f"login-{width}")
        one.sign_in("star", "/area-de-clientes", "**/my/isp*")
        for name, address in PORTAL.items():
            one.open(address)
            if name == "traffic":  # two samples make the first line of the live graph
                one.page.wait_for_timeout(15_000)
            one.shoot(f"{name}-{width}")
    with camera(browser, demo, width) as one:
        one.sign_in("suspended", "/area-de-clientes", "**/my/isp*")
        one.open("/my/isp")
        one.shoot(f"suspended-{width}")
    with camera(browser, demo, width) as one:
        one.sign_in("paid", "/area-de-clientes", "**/my/isp*")
        for name, method in REFERENCES.items():
            voucher(one, method)
            one.shoot(f"{name}-{width}")


def voucher(one: Camera, method: str) -> None:
    """Ask for a reference as a customer does; an open one is shown again."""
    one.open("/my/isp/pay/summary?months=1")
    form = one.page.locator(f"form[action*='/pay/{method}']").first
    with one.context.expect_page() as opened:
        form.locator("button").first.click()
    one.page = opened.value
    one.page.set_viewport_size(one.size)
    one.page.locator(".o_isp_ref_code").first.wait_for()


def office(browser, demo: Running) -> None:
    """The back office as its manager sees it."""
    with camera(browser, demo, OFFICE_SCREEN) as one:
        one.sign_in("gerencia", "/web/login", "**/odoo*")
        for name, (action, view) in OFFICE.items():
            one.open(f"/odoo/action-{action}?view_type={view}")
            one.page.locator(f".o_{view}_view").first.wait_for()
            one.shoot(name, whole=False)
        one.open("/odoo/action-isp_subscription.isp_subscription_action?view_type=list")
        contract = demo.login("star")["contract"]
        one.page.locator(".o_data_row", has_text=contract).locator("td.o_data_cell").first.click()
        one.page.locator(".o_form_view .o_form_sheet").wait_for()
        one.shoot("office-form", whole=False)


# === FILES === #


def commit(name: str, target: str) -> None:
    """Write one picture for the documents, with few colours and few bytes."""
    image = importlib.import_module("PIL.Image")
    path = DOCUMENTS / f"{target}.png"
    with image.open(TARGET / f"{name}.png") as picture:
        small = picture.convert("RGB").quantize(
            COLOURS, method=image.Quantize.MAXCOVERAGE, dither=image.Dither.NONE
        )
    small.save(path, optimize=True)
    if path.stat().st_size > BYTES:
        raise Problem(f"{path.relative_to(ROOT)} has {path.stat().st_size} bytes, over {BYTES}")


def run() -> int:
    """Take all pictures."""
    demo = running()
    inside("test", "scripts.screenshots")
    system_packages.ensure()
    playwright = importlib.import_module("playwright.sync_api")
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    DOCUMENTS.mkdir(parents=True, exist_ok=True)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        try:
            for width in (PHONE, DESKTOP):
                with step(f"portal at {width} px"):
                    portal(browser, demo, width)
            with step("back office"):
                office(browser, demo)
        except playwright.Error as error:
            reason = str(error).splitlines()[0]
            raise Problem(f"a page of the demo did not show what it should: {reason}") from error
        finally:
            browser.close()
    for name, target in COMMITTED.items():
        commit(name, target)
    pictures = sorted(TARGET.glob("*.png"))
    sys.stdout.write(f"{len(pictures)} pictures in {_short(TARGET)}, {len(COMMITTED)} of them")
    sys.stdout.write(f" in {_short(DOCUMENTS)}\n")
    return 0


def _short(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


if __name__ == "__main__":
    main(run)
