"""Models: what a public name means, and who may call it."""

from __future__ import annotations

import ast

import pytest

from .tree import NAMES, dotted, files_of, imported_modules, parse, relative

#: Methods of the ORM and of Odoo's documents that models extend.
OVERRIDES = {
    "get_portal_url",
    "button_cancel",
    "button_draft",
    "copy",
    "copy_data",
    "create",
    "default_get",
    "init",
    "message_post",
    "unlink",
    "write",
}


def _methods(addon):
    for path in files_of(addon, ".py"):
        if path.parent.name not in {"models", "wizards"}:
            continue
        for cls in (node for node in parse(path).body if isinstance(node, ast.ClassDef)):
            if any("Model" in dotted(base) for base in cls.bases):
                for item in cls.body:
                    if isinstance(item, ast.FunctionDef):
                        yield path, item


@pytest.mark.parametrize("addon", NAMES)
def test_public_methods_are_buttons_or_overrides(addon):
    """A public name can be called over RPC by every user who may read the record."""
    exposed = [
        f"{relative(path)}:{method.lineno} {method.name}"
        for path, method in _methods(addon)
        if not method.name.startswith(("_", "action_"))
        and method.name not in OVERRIDES
        and not any(dotted(node) == "api.private" for node in method.decorator_list)
    ]
    assert not exposed


@pytest.mark.parametrize("addon", NAMES)
def test_crons_call_one_kind_of_name(addon):
    """Scheduled actions enter through ``_cron_…`` only, so that they are easy to find."""
    wrong = []
    for path in files_of(addon, ".xml"):
        text = path.read_text(encoding="utf-8")
        if 'model="ir.cron"' not in text:
            continue
        codes = [part.partition("</field>")[0] for part in text.split('<field name="code">')[1:]]
        wrong += [f"{relative(path)}: {code}" for code in codes if "model._cron_" not in code]
    assert not wrong


@pytest.mark.parametrize("addon", NAMES)
def test_hooks_of_the_outbox_do_not_write(addon):
    """``_outbox_call`` talks to the other side; what it learns is stored by ``_outbox_store``."""
    writers = []
    for path, method in _methods(addon):
        if method.name != "_outbox_call":
            continue
        calls = (node.func for node in ast.walk(method) if isinstance(node, ast.Call))
        names = {func.attr for func in calls if isinstance(func, ast.Attribute)}
        if names & {"write", "create", "unlink"}:
            writers.append(f"{relative(path)}:{method.lineno}")
    assert not writers


@pytest.mark.parametrize("addon", NAMES)
def test_loggers_are_used(addon):
    unused = []
    for path in files_of(addon, ".py"):
        text = path.read_text(encoding="utf-8")
        if "_logger = " in text and text.count("_logger") == 1:
            unused.append(relative(path))
    assert not unused


@pytest.mark.parametrize("addon", NAMES)
def test_terms_are_translated_by_the_environment(addon):
    """``self.env._`` knows module and language; the imported function guesses them."""
    guesses = [
        f"{relative(path)}:{line}"
        for path in files_of(addon, ".py")
        for line, module in imported_modules(parse(path))
        if module in {"odoo._", "odoo.tools.translate._"}
    ]
    assert not guesses
