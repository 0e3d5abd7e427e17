"""Arithmetic of the commands for translations and benchmarks."""

from __future__ import annotations

import polib
import pytest

from scripts import i18n
from scripts.bench import Result
from scripts.console import Problem
from tests.bench import dashboard

CHOICE = "model:ir.model.fields.selection,name:isp_subscription.selection__"


def catalogue(*rows: tuple[str, str, str]) -> str:
    """Text of a catalogue from (term, translation, place)."""
    made = polib.POFile()
    for term, said, place in rows:
        made.append(polib.POEntry(msgid=term, msgstr=said, occurrences=[(place, "0")]))
    return str(made)


def terms(text: str) -> dict[str, tuple[str, list[str]]]:
    """Translation and places by term."""
    return {e.msgid: (e.msgstr, [place for place, _ in e.occurrences]) for e in polib.pofile(text)}


def test_choices_of_a_mixin_go_to_the_addon_of_the_model():
    below = catalogue(
        ("Sent", "Enviado", f"{CHOICE}isp_cfdi_document__outbox_state__sent"),
        ("Mixin", "", "model:ir.model,name:isp_subscription.model_isp_outbox_mixin"),
        ("Ready", "Listo", f"{CHOICE}isp_outbox_mixin__outbox_state__ready"),
    )
    above = catalogue(("CFDI", "", "model:ir.model,name:isp_cfdi.model_isp_cfdi_document"))
    found = i18n.rehome({"isp_subscription": below, "isp_cfdi": above})
    assert set(terms(found["isp_subscription"])) == {"Mixin", "Ready"}
    place = f"{CHOICE}isp_cfdi_document__outbox_state__sent"
    assert terms(found["isp_cfdi"])["Sent"] == ("Enviado", [place])


def test_merge_keeps_translations_and_takes_the_terms_of_the_export():
    committed = catalogue(("Old", "Viejo", "a"), ("Kept", "Guardado", "a"))
    exported = catalogue(("Kept", "otro", "a"), ("New", "Nuevo", "a"), ("Error", "", "a"))
    merged = terms(i18n.merge(exported, committed, {(None, "Error"): "Error"}))
    assert {term: said for term, (said, _places) in merged.items()} == {
        "Kept": "Guardado",
        "New": "Nuevo",
        "Error": "Error",
    }


def test_merge_leaves_an_unchanged_file_alone_and_a_template_empty():
    committed = catalogue(("Kept", "Guardado", "a"))
    assert i18n.merge(committed.replace("Guardado", ""), committed, {}) == committed
    assert terms(i18n.merge(committed, ""))["Kept"][0] == ""


def test_result_line_is_for_machines():
    line = Result("dashboard", 30, 20, "ms").line()
    assert line == "RESULT name=dashboard ours=30 peer=20 ratio=1.50 unit=ms"


def test_only_marked_requests_after_the_start_count(tmp_path, monkeypatch):
    monkeypatch.setattr(dashboard, "PATIENCE", 0)
    log = tmp_path / "odoo.log"
    row = 'x werkzeug: 1 - - [] "GET /my/isp?bench={} HTTP/1.1" 200 - {} {:.3f} {:.3f}\n'
    log.write_text(row.format("m-0", 99, 9, 9))
    start = log.stat().st_size
    with log.open("a") as file:
        file.write(row.format("m-1", 20, 0.010, 0.020) + row.format("other-1", 7, 1, 1))
        file.write(row.format("m-2", 24, 0.020, 0.030))
    assert dashboard.measured(log, start, "m", 2) == (40.0, 22.0)
    with pytest.raises(Problem):
        dashboard.measured(log, start, "m", 3)
