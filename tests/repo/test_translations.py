"""Mexican Spanish is complete: every term of the template is translated, none is doubtful."""

from __future__ import annotations

import re

import polib
import pytest

from .tree import ADDONS, NAMES

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdrf]|\$\{[^}]+\}")


def _catalogue(addon, name):
    return polib.pofile(str(ADDONS / addon / "i18n" / name), check_for_duplicates=True)


def _terms(catalogue):
    return {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}


@pytest.mark.parametrize("addon", NAMES)
def test_no_term_is_missing_or_doubtful(addon):
    spanish = _catalogue(addon, "es_MX.po")
    assert len(spanish) > 10
    assert not [entry.msgid for entry in spanish.untranslated_entries()]
    assert not [entry.msgid for entry in spanish.fuzzy_entries()]


@pytest.mark.parametrize("addon", NAMES)
def test_template_and_translation_hold_the_same_terms(addon):
    template = _terms(_catalogue(addon, f"{addon}.pot"))
    spanish = _terms(_catalogue(addon, "es_MX.po"))
    assert not sorted(map(str, template - spanish)), "in the template only"
    assert not sorted(map(str, spanish - template)), "in the translation only"


@pytest.mark.parametrize("addon", NAMES)
def test_placeholders_survive(addon):
    broken = [
        entry.msgid
        for entry in _catalogue(addon, "es_MX.po")
        if entry.msgstr
        and sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr))
    ]
    assert not broken


@pytest.mark.parametrize("addon", NAMES)
def test_headers(addon):
    meta = _catalogue(addon, "es_MX.po").metadata
    assert meta["Language"] == "es_MX"
    assert "charset=utf-8" in meta["Content-Type"].lower()


@pytest.mark.parametrize("addon", NAMES)
def test_template_is_empty(addon):
    assert not [entry.msgid for entry in _catalogue(addon, f"{addon}.pot") if entry.msgstr]
