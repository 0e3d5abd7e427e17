"""The style sheet of the portal: its weight, its scope, nothing from elsewhere."""

import ast
import re
from pathlib import Path

import pytest

sass = pytest.importorskip("sass")
ADDON = Path(__file__).resolve().parents[3] / "addons" / "isp_portal"
BUDGET = 25_000


@pytest.fixture(scope="module")
def css():
    """The style sheets of the manifest, in its order, compiled as Odoo compiles them."""
    manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text())
    names = [name for name in manifest["assets"]["web.assets_frontend"] if name.endswith(".scss")]
    source = "".join((ADDON.parent / name).read_text() for name in names)
    return sass.compile(string=source, output_style="compressed")


def test_weight(css):
    assert len(css.encode()) < BUDGET


def test_nothing_from_elsewhere(css):
    assert "url(" not in css
    assert "@import" not in css


def test_website_is_left_alone(css):
    """Every rule is inside .o_isp or names one of its classes."""
    plain = re.sub(r"@keyframes \w+\{(?:[^{}]+\{[^{}]*\})+\}", "", css)
    plain = re.sub(r"@page\{[^{}]*\}", "", plain)
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", plain)
    foreign = [selector for selector in selectors if "o_isp" not in selector]
    assert not [selector for selector in foreign if not selector.startswith("@")]


def test_every_scss_file_is_listed():
    manifest = (ADDON / "__manifest__.py").read_text()
    for path in (ADDON / "static/src/scss").glob("*.scss"):
        assert path.name in manifest
