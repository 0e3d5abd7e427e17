"""The arrows between the addons: who may know of whom."""

from __future__ import annotations

import ast
import re

import pytest

from .tree import (
    ARROWS,
    NAMES,
    depends_of,
    files_of,
    imported_modules,
    manifest,
    odoo_addons,
    parse,
    relative,
    xml_root,
)

#: Attributes of Odoo XML that hold external ids.
XMLID_ATTRIBUTES = ("ref", "inherit_id", "t-call", "groups", "parent", "action", "t-inherit")
XMLID = re.compile(r"!?([a-z][a-z0-9_]*)\.[A-Za-z0-9_.]+")
REF_CALL = re.compile(r"(?<![\w.])ref\(\s*['\"]([a-z0-9_]+)\.[\w.]+['\"]")
LEAVES = ("isp_payments_mx", "isp_cfdi", "isp_traffic")


def _known(name: str) -> bool:
    return name in ARROWS or any((folder / name).is_dir() for folder in odoo_addons())


@pytest.mark.parametrize("addon", NAMES)
def test_manifest_depends_follow_the_arrows(addon):
    ours = set(manifest(addon)["depends"]) & set(ARROWS)
    assert ours <= ARROWS[addon]
    if addon in LEAVES:
        assert "isp_portal" in ours


@pytest.mark.parametrize("addon", NAMES)
def test_no_file_names_an_addon_against_the_arrows(addon):
    forbidden = set(ARROWS) - ARROWS[addon] - {addon}
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(forbidden))})\b")
    hits = []
    for path in files_of(addon):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            hits.append(f"{relative(path)}:{line} names {match.group()}")
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("addon", NAMES)
def test_python_imports_stay_inside_the_depends(addon):
    if not odoo_addons():
        pytest.skip("no Odoo on this machine")
    allowed = depends_of(addon)
    hits = []
    for path in files_of(addon, ".py"):
        for line, module in imported_modules(parse(path)):
            parts = module.split(".")
            if parts[:2] == ["odoo", "addons"] and len(parts) > 2 and parts[2] not in allowed:
                hits.append(f"{relative(path)}:{line} imports {module}")
    assert not hits, "\n".join(hits)


def _xml_modules(path):
    for node in xml_root(path).iter():
        if not isinstance(node.tag, str):
            continue
        for name in XMLID_ATTRIBUTES:
            for piece in re.split(r"[,\s]+", node.get(name) or ""):
                if found := XMLID.fullmatch(piece):
                    yield node.sourceline, found.group(1)
        for text in (node.get("eval"), node.get("context"), node.get("domain"), node.text):
            for module in REF_CALL.findall(text or ""):
                yield node.sourceline, module


@pytest.mark.parametrize("addon", NAMES)
def test_xml_references_stay_inside_the_depends(addon):
    if not odoo_addons():
        pytest.skip("no Odoo on this machine")
    allowed = depends_of(addon)
    hits = [
        f"{relative(path)}:{line} refers to {module}"
        for path in files_of(addon, ".xml")
        if "/static/tests/" not in relative(path)
        for line, module in _xml_modules(path)
        if module not in allowed and _known(module)
    ]
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("addon", NAMES)
def test_env_ref_stays_inside_the_depends(addon):
    if not odoo_addons():
        pytest.skip("no Odoo on this machine")
    allowed = depends_of(addon)
    hits = []
    for path in files_of(addon, ".py"):
        for node in ast.walk(parse(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in {"ref", "has_group"} or not node.args:
                continue
            value = node.args[0]
            if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
                continue
            module = value.value.partition(".")[0]
            if "." in value.value and module not in allowed and _known(module):
                hits.append(f"{relative(path)}:{node.lineno} refers to {value.value}")
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("addon", NAMES)
def test_pure_services_do_not_know_odoo(addon):
    hits = []
    for path in files_of(addon, ".py"):
        if f"addons/{addon}/services/" not in relative(path):
            continue
        for line, module in imported_modules(parse(path)):
            if module.split(".")[0] == "odoo":
                hits.append(f"{relative(path)}:{line} imports {module}")
    assert not hits, "\n".join(hits)
