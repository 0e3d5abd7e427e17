"""The repository as data: tracked files, addons, manifests, syntax trees."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from scripts.paths import ADDONS, CACHE, ROOT

#: The arrows: which of our addons each addon may name. Leaves never name each other.
ARROWS: dict[str, set[str]] = {
    "isp_subscription": set(),
    "isp_portal": {"isp_subscription"},
    "isp_payments_mx": {"isp_subscription", "isp_portal"},
    "isp_cfdi": {"isp_subscription", "isp_portal"},
    "isp_traffic": {"isp_subscription", "isp_portal"},
}
NAMES = sorted(ARROWS)


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, new ones included, ignored ones left out."""
    done = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in done.stdout.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def relative(path: Path) -> str:
    """Path as shown in messages."""
    return path.relative_to(ROOT).as_posix()


def files_of(addon: str, *suffixes: str) -> list[Path]:
    """Tracked files of an addon, all of them or those with the suffixes."""
    home = ADDONS / addon
    return [
        path
        for path in tracked()
        if path.is_relative_to(home) and (not suffixes or path.suffix in suffixes)
    ]


@functools.cache
def parse(path: Path) -> ast.Module:
    """Syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def manifest(addon: str) -> dict[str, Any]:
    """The manifest of one of our addons."""
    return ast.literal_eval((ADDONS / addon / "__manifest__.py").read_text(encoding="utf-8"))


def xml_root(path: Path) -> etree._Element:
    """Root element of an XML file; comments are kept."""
    return etree.parse(str(path)).getroot()


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of a name or attribute expression, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def imported_modules(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, absolute module or ``module.name``) of every absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


@functools.cache
def odoo_addons() -> tuple[Path, ...]:
    """Folders with Odoo's own addons, empty when no Odoo is prepared on this machine."""
    try:
        kept = json.loads((CACHE / "odoo/current.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    return tuple(Path(path) for path in kept["addons_paths"] if Path(path).is_dir())


@functools.cache
def depends_of(module: str) -> frozenset[str]:
    """All modules an addon stands on, itself included; unknown modules end the walk."""
    found = {module}
    for folder in (ADDONS, *odoo_addons()):
        source = folder / module / "__manifest__.py"
        if source.is_file():
            data = ast.literal_eval(source.read_text(encoding="utf-8"))
            for name in data.get("depends") or (["base"] if module != "base" else []):
                found |= depends_of(name)
            break
    return frozenset(found)
