"""The addons' tests really run: Odoo skips silently what is not imported, tagged or in a class."""

from __future__ import annotations

import ast

import pytest

from .tree import ADDONS, NAMES, dotted, parse, relative


def _test_files(addon):
    return sorted((ADDONS / addon / "tests").glob("test_*.py"))


def _classes_with_tests(path):
    for node in parse(path).body:
        if isinstance(node, ast.ClassDef) and any(
            isinstance(item, ast.FunctionDef) and item.name.startswith("test_")
            for item in node.body
        ):
            yield node


def _tags(node):
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and dotted(decorator.func).endswith("tagged"):
            yield from (arg.value for arg in decorator.args if isinstance(arg, ast.Constant))


@pytest.mark.parametrize("addon", NAMES)
def test_every_test_file_is_imported(addon):
    files = _test_files(addon)
    assert files, "an addon without tests"
    imported = set()
    for node in parse(ADDONS / addon / "tests/__init__.py").body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            imported |= {alias.name for alias in node.names}
    assert not {path.stem for path in files} - imported


@pytest.mark.parametrize("addon", NAMES)
def test_tests_are_methods_of_classes(addon):
    bare = [
        f"{relative(path)}:{node.lineno}"
        for path in _test_files(addon)
        for node in parse(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]
    assert not bare, "Odoo never runs bare test functions"
    empty = [relative(path) for path in _test_files(addon) if not list(_classes_with_tests(path))]
    assert not empty


@pytest.mark.parametrize("addon", NAMES)
def test_every_test_class_is_tagged(addon):
    untagged = []
    for path in _test_files(addon):
        for node in _classes_with_tests(path):
            tags = set(_tags(node))
            if not ({"post_install", "-at_install"} <= tags or "-standard" in tags):
                untagged.append(f"{relative(path)}:{node.lineno} {node.name}")
    assert not untagged


@pytest.mark.parametrize("addon", NAMES)
def test_class_names_are_unique_in_a_file(addon):
    """A second class or method of the same name hides the first one, and its tests."""
    hidden = []
    for path in _test_files(addon):
        scopes = [parse(path), *_classes_with_tests(path)]
        for scope in scopes:
            names = [
                item.name for item in scope.body if isinstance(item, ast.ClassDef | ast.FunctionDef)
            ]
            hidden += [f"{relative(path)}: {name}" for name in set(names) if names.count(name) > 1]
    assert not hidden


#: What is UTC's day where nobody's time zone is known: in Mexico it begins at 18:00.
FOREIGN_DAYS = ("Date.today", "Date.context_today", "date.today", "Datetime.today")


@pytest.mark.parametrize("addon", NAMES)
def test_the_day_is_the_companys(addon):
    """A test that takes UTC's day fails from 18:00 to midnight of Mexico, and only then."""
    foreign = [
        f"{relative(path)}:{node.lineno}"
        for path in sorted((ADDONS / addon / "tests").glob("*.py"))
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and dotted(node.func).endswith(FOREIGN_DAYS)
    ]
    assert not foreign, "use company._isp_today()"
