"""Search without accents, by words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_portal_services.searching import fold, matches

ROW = [31877, "2026-10-25", "23 oct 2026", "octubre 2026", "Transferencia SPEI", "$1,047.00", None]


@pytest.mark.parametrize(
    "query",
    [
        "31877",
        "octubre 2026",
        "OCTUBRE",
        "spei",
        "transferencia 2026",
        "1047",
        "1,047.00",
        "",
        "  ",
    ],
)
def test_finds(query):
    assert matches(query, ROW)


@pytest.mark.parametrize("query", ["noviembre", "spei tarjeta", "31878", "None", "%", "_"])
def test_does_not_find(query):
    assert not matches(query, ROW)


def test_accents_do_not_matter():
    assert matches("caratula", ["Carátula del contrato"])
    assert matches("CARÁTULA", ["caratula"])
    assert fold("  Niño   Ágil ") == "nino agil"


@given(st.text())
def test_any_text_is_harmless(query):
    assert matches(query, [query])
