"""Secret fields: only for administrators, never copied, emptied by neutralisation."""

from __future__ import annotations

import ast
import re

import pytest

from .tree import ADDONS, NAMES, dotted, files_of, parse, relative

SECRET_NAME = re.compile(
    r"_keys?(?:_\w+)?$|(?:^|_)(?:password|passphrase|secret|token|community|credential)s?(?:_\w+)?$"
)
SECRET_TYPES = {"fields.Char", "fields.Text", "fields.Binary"}
#: Names that match and hold no secret, each with its reason.
NOT_SECRET = {
    "idempotency_key": "our own reference for an outside effect",
    "tracking_key": "the number of a transfer, printed on every receipt of it",
    "debt_key": "our own mark of what a reference pays",
    "openpay_public_key": "sent to every browser by design",
    "password_changed_on": "a date",
}
ADMINISTRATORS = "base.group_system"


def _secret_fields(addon):
    """(path, line, model class, field name, keyword nodes) of each secret-looking field."""
    for path in files_of(addon, ".py"):
        if "/tests/" in relative(path):
            continue
        for cls in (node for node in parse(path).body if isinstance(node, ast.ClassDef)):
            for item in cls.body:
                if not (isinstance(item, ast.Assign) and isinstance(item.value, ast.Call)):
                    continue
                name = getattr(item.targets[0], "id", "")
                if dotted(item.value.func) not in SECRET_TYPES or name in NOT_SECRET:
                    continue
                if SECRET_NAME.search(name):
                    words = {word.arg: word.value for word in item.value.keywords}
                    yield path, item.lineno, cls, name, words


def _is_transient(cls):
    return any(dotted(base).endswith("TransientModel") for base in cls.bases)


def _constant(node):
    return node.value if isinstance(node, ast.Constant) else None


@pytest.mark.parametrize("addon", NAMES)
def test_secret_fields_are_for_administrators_and_never_copied(addon):
    bad = []
    for path, line, cls, name, words in _secret_fields(addon):
        where = f"{relative(path)}:{line} {name}"
        if _constant(words.get("groups")) != ADMINISTRATORS:
            bad.append(f"{where}: groups is not {ADMINISTRATORS}")
        if "related" in words or _is_transient(cls):
            continue
        if _constant(words.get("copy")) is not False:
            bad.append(f"{where}: copy=False is missing")
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("addon", NAMES)
def test_secret_fields_are_neutralised(addon):
    script = ADDONS / addon / "data/neutralize.sql"
    text = script.read_text(encoding="utf-8") if script.is_file() else ""
    forgotten = [
        f"{relative(path)}:{line} {name}"
        for path, line, cls, name, words in _secret_fields(addon)
        if "related" not in words
        and not _is_transient(cls)
        and _constant(words.get("store")) is not False
        and not re.search(rf"\b{name}\b", text)
    ]
    assert not forgotten, "\n".join(forgotten)


@pytest.mark.parametrize("addon", NAMES)
def test_neutralisation_has_a_test(addon):
    if (ADDONS / addon / "data/neutralize.sql").is_file():
        assert (ADDONS / addon / "tests/test_neutralize.py").is_file()


@pytest.mark.parametrize("addon", NAMES)
def test_who_calls_out_neutralises(addon):
    """An addon that opens connections must be able to forget where to."""
    calls_out = re.compile(r"^\s*(?:import|from) (?:requests|httpx|urllib\.request|pysnmp)\b", re.M)
    sources = [path for path in files_of(addon, ".py") if "/tests/" not in relative(path)]
    if any(calls_out.search(path.read_text(encoding="utf-8")) for path in sources):
        assert (ADDONS / addon / "data/neutralize.sql").is_file()
