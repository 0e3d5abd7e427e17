"""All addons together: every portal page on both screens, and the way to them."""

from __future__ import annotations

import re

import pytest

PAGES = ("", "/payments", "/invoices", "/pay", "/plan", "/service", "/documents", "/traffic")
SITUATIONS = ("star", "grace", "suspended", "paused", "cancelled", "ahead", "paid")
SCREENS = ({"width": 390, "height": 844}, {"width": 1280, "height": 900})


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_page_opens_for_every_situation(visit, demo, situation):
    """No page fails, scrolls sideways or shows placeholders, whatever the state."""
    for screen in SCREENS:
        page = visit(situation, screen).sign_in()
        for path in PAGES:
            answer = page.goto(f"{demo.url}/my/isp{path}")
            assert answer.status == 200, path
            assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"], path
            text = page.inner_text("main")
            assert not re.search(r"\b(False|None|undefined|NaN|Traceback)\b", text), (path, text)


def test_the_public_site_leads_to_the_area(browser, demo):
    """R1, R2: one tap from the public home page to the sign-in of the «Área de clientes»."""
    context = browser.new_context(viewport=SCREENS[1], locale="es-MX")
    page = context.new_page()
    page.goto(demo.url)
    page.get_by_role("menuitem", name="Área de clientes").first.click()
    page.wait_for_url("**/web/login*")
    assert page.locator("input[name=password]").is_visible()
    context.close()
