"""XML: well formed, with its header, in the dialect of Odoo 19."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from .tree import NAMES, files_of, relative, tracked, xml_root

HEADER = re.compile(rb'<\?xml version="1\.0" encoding="utf-8" ?\?>\n', re.I)
#: Golden documents and the tax authority's own files keep their bytes.
FOREIGN = ("/tests/files/", "/services/resources/", "/static/lib/")
OLD_WORDS = {
    "<tree": "use <list>",
    'view_mode="tree': "use list",
    "oe_chatter": "use <chatter/>",
    'name="groups_id"': "use group_ids",
    'name="category_id"': "res.groups takes privilege_id",
    'name="numbercall"': "removed from ir.cron",
    'name="doall"': "removed from ir.cron",
    't-name="kanban-box"': 'use t-name="card"',
    "t-esc=": "use t-out",
    "t-raw=": "use t-out",
    " attrs=": "use invisible, readonly, required",
    " states=": "use invisible",
    "onclick=": "no inline script: use an Interaction",
}


def _xml_files(*addons):
    return [
        path
        for addon in addons
        for path in files_of(addon, ".xml")
        if not any(part in relative(path) for part in FOREIGN)
    ]


@pytest.mark.parametrize("addon", NAMES)
def test_header_and_syntax(addon):
    bad = []
    for path in _xml_files(addon):
        if not HEADER.match(path.read_bytes()):
            bad.append(f"{relative(path)}: first line is not the XML header")
        try:
            xml_root(path)
        except etree.XMLSyntaxError as error:
            bad.append(f"{relative(path)}: {error}")
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("addon", NAMES)
def test_dialect_of_odoo_19(addon):
    hits = []
    for path in _xml_files(addon):
        text = re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.S)
        for word, advice in OLD_WORDS.items():
            if word == 'name="category_id"' and "res.groups" not in text:
                continue
            if word == 'name="category_id"' and "res.groups.privilege" in text:
                continue
            if word in text:
                hits.append(f"{relative(path)}: {word} … {advice}")
        if re.search(r"<script(?![^>]*\bsrc=)", text):
            hits.append(f"{relative(path)}: no inline script: use an asset bundle")
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("addon", NAMES)
def test_ids_are_unique_in_the_addon(addon):
    seen: dict[str, str] = {}
    twice = []
    for path in _xml_files(addon):
        if "/static/" in relative(path):
            continue
        for node in xml_root(path).iter("record", "template", "menuitem"):
            name = node.get("id")
            if name in seen and seen[name] != relative(path):
                twice.append(f"{name}: {seen[name]} and {relative(path)}")
            seen.setdefault(name, relative(path))
    assert not twice


@pytest.mark.parametrize("addon", NAMES)
def test_no_file_from_a_foreign_host(addon):
    """Pages load nothing from other hosts: no CDN, no web font."""
    pattern = re.compile(r"""(?:src|href)=["'](?:https?:)?//[^"']+\.(?:js|css|woff2?|png|svg)\b""")
    pattern_css = re.compile(r"""@import\s+url|url\(["']?(?:https?:)?//""")
    hits = []
    for path in files_of(addon, ".xml", ".js", ".scss", ".css"):
        if any(part in relative(path) for part in FOREIGN):
            continue
        text = path.read_text(encoding="utf-8")
        if pattern.search(text) or pattern_css.search(text):
            hits.append(relative(path))
    assert not hits


def test_no_constraint_of_the_old_kind():
    """Odoo 19 ignores the old attribute: the constraint would not exist in the database."""
    word = "_sql_" + "constraints"
    hits = [
        relative(path)
        for path in tracked()
        if path.suffix == ".py" and word in path.read_text(encoding="utf-8")
    ]
    assert not hits
