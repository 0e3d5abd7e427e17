"""Licences: ours is LGPL-3, and nothing we ship with it forbids that."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re

import pytest

from .tree import NAMES, ROOT, depends_of, manifest, odoo_addons

FREE = re.compile(
    r"\b(?:MIT|BSD|ISC|0BSD|Apache|PSF|Python Software Foundation|MPL|Mozilla|LGPL|ZPL|Zope"
    r"|Lesser General Public|Public Domain|Unlicense|HPND|CC0|CC-BY|Python-2|BlueOak|WTFPL)",
    re.I,
)
#: Packages whose metadata is silent; the licence file inside them was read.
READ_BY_HAND = {"pysnmp": "BSD-2-Clause"}
#: Addons with another word in their manifest, and why that is no obstacle.
SLIPS = {"certificate": "LGPL-3 upstream; the packaged manifest still has an old word"}


def _locked(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.partition("==")[0].lower() for line in lines if re.match(r"[A-Za-z0-9]", line)]


def _licence(package):
    meta = importlib.metadata.metadata(package)
    words = [meta.get("License-Expression") or "", (meta.get("License") or "")[:80]]
    words += [text for text in meta.get_all("Classifier") or () if text.startswith("License")]
    return " | ".join(filter(None, words)) or READ_BY_HAND.get(package, "")


def test_licence_text_is_the_lgpl_3():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / "COPYING").read_text(encoding="utf-8")


def test_run_time_packages_are_compatible():
    unknown = []
    for package in _locked("requirements.lock"):
        try:
            licence = _licence(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another Python or platform
        if not FREE.search(licence):
            unknown.append(f"{package}: {licence or 'says nothing'}")
    assert not unknown


def test_node_packages_are_free():
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    unknown = {
        name: data.get("license")
        for name, data in packages.items()
        if name and not FREE.search(data.get("license") or "")
    }
    assert not unknown
    assert not [name for name, data in packages.items() if name and not data.get("dev")]


@pytest.mark.parametrize("addon", NAMES)
def test_addons_stand_on_compatible_addons(addon):
    if not odoo_addons():
        pytest.skip("no Odoo on this machine")
    assert manifest(addon)["license"] == "LGPL-3"
    foreign = {}
    for name in depends_of(addon) - set(NAMES):
        for folder in odoo_addons():
            source = folder / name / "__manifest__.py"
            if source.is_file():
                licence = ast.literal_eval(source.read_text(encoding="utf-8")).get("license")
                if licence != "LGPL-3" and name not in SLIPS:
                    foreign[name] = licence
    assert not foreign
