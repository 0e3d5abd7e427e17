"""Models: what a public name means, and who may call it."""

from __future__ import annotations

import ast

import pytest

from scripts.paths import ADDONS

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


# === SEVERAL FILES OF ONE MODEL === #


def _loaded(folder):
    """The files of a folder in the order in which its ``__init__`` loads them."""
    if not (folder / "__init__.py").exists():
        return
    for node in parse(folder / "__init__.py").body:
        if isinstance(node, ast.ImportFrom) and node.module is None:
            found = (folder / f"{alias.name}.py" for alias in node.names)
            yield from (path for path in found if path.exists())


def _model(cls):
    """The name of the model that a class is, or extends."""
    values = {
        item.targets[0].id: item.value.value
        for item in cls.body
        if isinstance(item, ast.Assign)
        and isinstance(item.targets[0], ast.Name)
        and isinstance(item.value, ast.Constant)
    }
    return values.get("_name") or values.get("_inherit")


def _hides(item, earlier):
    """Whether a method keeps one that was loaded before it from being called."""
    calls = (node.func for node in ast.walk(item) if isinstance(node, ast.Call))
    says = any(isinstance(func, ast.Name) and func.id == "super" for func in calls)
    is_hook = all(
        isinstance(line, ast.Raise)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in earlier.body
    )
    return not says and not is_hook


@pytest.mark.parametrize("addon", NAMES)
def test_a_later_file_of_a_model_hides_no_method_of_an_earlier_one(addon):
    """Odoo puts the file that is loaded last in front: without super() the others are dead."""
    known, hidden = {}, []
    for folder in (ADDONS / addon / name for name in ("models", "wizards")):
        for path in _loaded(folder):
            for cls in (node for node in parse(path).body if isinstance(node, ast.ClassDef)):
                for item in (node for node in cls.body if isinstance(node, ast.FunctionDef)):
                    key = (_model(cls), item.name)
                    if key[0] and key in known and _hides(item, known[key]):
                        hidden.append(f"{relative(path)}: {key[0]}.{item.name}")
                    known[key] = item
    assert hidden == []
