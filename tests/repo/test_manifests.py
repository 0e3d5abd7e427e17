"""Each addon is complete: manifest, README, icon, data files listed, nothing orphaned."""

from __future__ import annotations

import re
import struct

import pytest

from .tree import ADDONS, NAMES, files_of, imported_modules, manifest, odoo_addons, parse, relative

VERSION = re.compile(r"19\.0\.\d+\.\d+\.\d+")
REQUIRED = ("name", "summary", "version", "category", "author", "license", "depends", "data")
#: XML that Odoo reads by other means than the manifest's ``data`` and ``demo``.
FOUND_BY_PATH = ("/static/", "/tests/", "/services/", "/report/files/")


def _assets(data):
    for entries in (data.get("assets") or {}).values():
        for entry in entries:
            yield entry if isinstance(entry, str) else entry[-1]


def test_exactly_the_five_addons_exist():
    found = sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))
    assert found == NAMES


@pytest.mark.parametrize("addon", NAMES)
def test_manifest_says_what_everybody_needs(addon):
    data = manifest(addon)
    assert not [key for key in REQUIRED if not data.get(key)]
    assert data["license"] == "LGPL-3"
    assert VERSION.fullmatch(data["version"])
    assert "description" not in data, "the README says it"
    assert "demo" not in data, "demo data is made through the production code"
    assert "\n" not in data["summary"]


@pytest.mark.parametrize("addon", NAMES)
def test_listed_data_files_exist_once(addon):
    listed = manifest(addon)["data"]
    missing = [name for name in listed if not (ADDONS / addon / name).is_file()]
    assert not missing
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("addon", NAMES)
def test_no_data_file_is_left_out(addon):
    home = ADDONS / addon
    listed = set(manifest(addon)["data"])
    orphans = []
    for path in files_of(addon, ".xml", ".csv"):
        name = path.relative_to(home).as_posix()
        if name not in listed and not any(part in f"/{name}" for part in FOUND_BY_PATH):
            orphans.append(name)
    assert not orphans


@pytest.mark.parametrize("addon", NAMES)
def test_asset_globs_match_files(addon):
    empty = []
    for entry in _assets(manifest(addon)):
        module, _, pattern = entry.lstrip("/").partition("/")
        homes = [folder / module for folder in (ADDONS, *odoo_addons())]
        if module in NAMES and not any(list(home.glob(pattern)) for home in homes):
            empty.append(entry)
    assert not empty


@pytest.mark.parametrize("addon", NAMES)
def test_no_static_source_is_left_out(addon):
    """A script or style sheet that no bundle takes never reaches a browser."""
    taken = set()
    for entry in _assets(manifest(addon)):
        module, _, pattern = entry.lstrip("/").partition("/")
        if module == addon:
            taken.update((ADDONS / addon).glob(pattern))
    sources = [
        path
        for path in files_of(addon, ".js", ".scss", ".css")
        if "/static/src/" in relative(path) or "/static/tests/" in relative(path)
    ]
    assert not [relative(path) for path in sources if path not in taken]


@pytest.mark.parametrize("addon", NAMES)
def test_security_comes_before_views_and_menus_last(addon):
    data = manifest(addon)["data"]
    kinds = [name.partition("/")[0] for name in data]
    if "security" in kinds and "views" in kinds:
        last_security = max(i for i, kind in enumerate(kinds) if kind == "security")
        assert last_security < kinds.index("views")
    menus = [i for i, name in enumerate(data) if "menu" in name.rpartition("/")[2]]
    views = [i for i, name in enumerate(data) if name.endswith("_views.xml")]
    assert not menus or not views or max(menus) > max(views)


@pytest.mark.parametrize("addon", NAMES)
def test_readme_and_icon(addon):
    home = ADDONS / addon
    readme = (home / "README.md").read_text(encoding="utf-8")
    assert len(readme.split()) > 80, "a README that explains the addon"
    icon = (home / "static/description/icon.png").read_bytes()
    assert icon[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", icon[16:24])
    assert width == height >= 100


@pytest.mark.parametrize("addon", NAMES)
def test_python_packages_are_imported(addon):
    """Each module of models, wizards, controllers and report is imported by its package."""
    missed = []
    for folder in ("models", "wizards", "controllers"):
        for path in files_of(addon, ".py"):
            if path.parent != ADDONS / addon / folder or path.name == "__init__.py":
                continue
            init = (path.parent / "__init__.py").read_text(encoding="utf-8")
            if not re.search(rf"\bimport\b[^\n#]*\b{path.stem}\b|^\s*{path.stem},", init, re.M):
                missed.append(relative(path))
    assert not missed


@pytest.mark.parametrize("addon", NAMES)
def test_external_dependencies_are_declared(addon):
    """Top-level imports that are neither Odoo's nor the standard library's are in the manifest."""
    declared = set(manifest(addon).get("external_dependencies", {}).get("python", ()))
    declared = {re.split(r"[<>=!~\[ ]", name)[0].lower().replace("-", "_") for name in declared}
    used = set()
    for path in files_of(addon, ".py"):
        if "/tests/" in relative(path):
            continue
        used |= {module.split(".")[0] for _line, module in imported_modules(parse(path))}
    assert {name for name in used if name in OURS_TO_DECLARE} <= declared | OPTIONAL


#: Packages that Odoo itself does not require.
OURS_TO_DECLARE = {"typst", "pysnmp", "gufo", "xmlsec", "satcfdi"}
#: Used when importable, with a fallback.
OPTIONAL = {"gufo", "xmlsec"}
