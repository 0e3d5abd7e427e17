"""Postal codes and their clocks, names, RFCs, words, QR, catalogues."""

from __future__ import annotations

import datetime
import time
from collections import Counter
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from isp_cfdi_services import postal
from isp_cfdi_services.catalogs import catalog, currency_decimals, label
from isp_cfdi_services.errors import CfdiError
from isp_cfdi_services.postal import local_fecha, postal_code, to_utc, tz_for_cp
from isp_cfdi_services.qr import expression, qr_url
from isp_cfdi_services.text import clean, fiscal_name, is_rfc, normalise_rfc
from isp_cfdi_services.words import amount_in_words

from .factory import document

JANUARY = datetime.datetime(2026, 1, 15, 18, tzinfo=datetime.UTC)
JULY = datetime.datetime(2026, 7, 15, 18, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("cp", "winter", "summer"),
    [
        ("58000", 12, 12),  # Morelia
        ("87300", 12, 13),  # Matamoros
        ("32000", 11, 12),  # Ciudad Juárez
        ("22000", 10, 11),  # Tijuana
        ("80000", 11, 11),  # Culiacán
        ("83000", 11, 11),  # Hermosillo
        ("77500", 13, 13),  # Cancún
        ("63732", 12, 12),  # Bahía de Banderas keeps central time
        ("63000", 11, 11),  # Tepic
        ("23000", 11, 11),  # La Paz, Baja California Sur
        ("31000", 12, 12),  # Chihuahua
        ("32880", 12, 12),  # Ojinaga is labelled central: the earlier clock
        ("65000", 12, 13),  # Anáhuac, Nuevo León
        ("26000", 12, 13),  # Piedras Negras
    ],
)
def test_o14_s1_fecha_follows_the_postal_code(cp, winter, summer):
    assert local_fecha(JANUARY, cp)[11:13] == str(winter)
    assert local_fecha(JULY, cp)[11:13] == str(summer)
    assert to_utc(local_fecha(JULY, cp), cp) == JULY


def test_s1_every_postal_code_has_a_mexican_clock():
    """Number of codes by zone, as counted in SAT's table."""
    zones, rows = postal._table()
    counts = Counter(zones[int(row[4])] for row in rows.values())
    assert counts == {
        "America/Mexico_City": 81889,
        "America/Matamoros": 2040,
        "America/Ciudad_Juarez": 830,
        "America/Tijuana": 2000,
        "America/Mazatlan": counts["America/Mazatlan"],
        "America/Hermosillo": 7990 - counts["America/Mazatlan"],
        "America/Cancun": 1000,
    }
    borders = Counter(row[3] for row in rows.values())
    assert (borders["1"], borders["2"]) == (5519, 657)


def test_s7_dates_never_come_from_the_clock_of_the_host(monkeypatch):
    """A host in UTC or in Tokyo writes the same local time of the postal code."""
    expected = "2026-07-15T12:00:00"
    for zone in ("UTC", "Asia/Tokyo", "America/Tijuana"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert local_fecha(JULY, "58000") == expected
        assert local_fecha(JULY.astimezone(ZoneInfo("Asia/Tokyo")), "58000") == expected
    monkeypatch.undo()
    time.tzset()


def test_override_and_unknown_code():
    assert local_fecha(JULY, "58000", "America/Tijuana") == "2026-07-15T11:00:00"
    assert postal_code("00001") is None
    for code in ("00001", "", None, "5800"):
        with pytest.raises(CfdiError):
            tz_for_cp(code)


def test_border_flags():
    assert postal_code("22000").border == 1
    assert postal_code("77000").border == 2
    assert postal_code("58000").border == 0
    assert postal_code("58000").state == "MIC"


@pytest.mark.parametrize(
    ("name", "rfc", "expected"),
    [
        ("Red Tarasca, S.A. de C.V.", "RTA190412AB9", "RED TARASCA"),
        ("Fibra Lago S de RL de CV", "FLA190412AB9", "FIBRA LAGO"),
        ("Escuela  Zirahuén   A.C.", "EZI190412AB9", "ESCUELA ZIRAHUÉN"),
        ("Banda Ancha SAPI de CV", "BAN190412AB9", "BANDA ANCHA"),
        ("Casa Clara", "CCL190412AB9", "CASA CLARA"),
        ("Rosa Salas A C", "SAAR900412QX3", "ROSA SALAS A C"),
        ("Ñandú & Hijos | Uno", None, "ÑANDÚ & HIJOS / UNO"),
    ],
)
def test_fiscal_name(name, rfc, expected):
    assert fiscal_name(name, rfc) == expected


def test_rfc():
    assert normalise_rfc(" mx ramc-900412 qx3 ") == "RAMC900412QX3"
    assert normalise_rfc("MXA900412AB1") == "MXA900412AB1"
    assert is_rfc("Ñ&A010101AA1")
    assert is_rfc("XAXX010101000")
    assert not is_rfc("RAMC901312QX3")
    assert not is_rfc("RAMC90041２QX3")
    assert not is_rfc("RAMC900412QX3\n")
    assert not is_rfc(None)


def test_clean_cuts_without_a_trailing_blank():
    assert clean("uno dos", 4) == "uno"
    assert clean(None, 4) == ""
    assert clean("a\x00b", 9) == "ab"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("349.00", "TRESCIENTOS CUARENTA Y NUEVE PESOS 00/100 M.N."),
        ("1047.5", "MIL CUARENTA Y SIETE PESOS 50/100 M.N."),
        ("1", "UN PESO 00/100 M.N."),
        ("0", "CERO PESOS 00/100 M.N."),
        ("21.01", "VEINTIÚN PESOS 01/100 M.N."),
        ("100", "CIEN PESOS 00/100 M.N."),
        ("31121", "TREINTA Y UN MIL CIENTO VEINTIÚN PESOS 00/100 M.N."),
        ("1000000", "UN MILLÓN DE PESOS 00/100 M.N."),
        ("2500001.999", "DOS MILLONES QUINIENTOS MIL DOS PESOS 00/100 M.N."),
    ],
)
def test_amount_in_words(amount, text):
    assert amount_in_words(amount) == text


def test_amount_in_words_of_another_currency():
    assert amount_in_words("12.30", "USD") == "DOCE 30/100 USD"


def test_s5_qr_escapes_the_rfc_and_trims_the_total():
    uuid = "CEE4BE01-ADFA-4DEB-8421-ADD60F0BEDAC"
    text = expression(uuid, "Ñ&A010101AAA", "Ñ&A991231AA0", Decimal("1234.5678"), "x" + "23456789")
    assert text == (f"?id={uuid}&re=Ñ&amp;A010101AAA&rr=Ñ&amp;A991231AA0&tt=1234.5678&fe=23456789")


@pytest.mark.parametrize(
    ("total", "text"),
    [("123.45", "123.45"), ("1000.00", "1000.0"), ("0", "0.0"), ("0.1234565", "0.123457")],
)
def test_qr_total(total, text):
    assert f"&tt={text}&" in expression("U", "A", "B", Decimal(total), "")


def test_o16_unstamped_document_has_no_qr():
    from isp_cfdi_services.builder import build_comprobante

    with pytest.raises(CfdiError):
        qr_url(build_comprobante(document()))


def test_catalogues():
    assert label("regimen", "612").startswith("612 Personas Físicas")
    assert label("uso", "Z99") == "Z99"
    assert label("uso", None) == ""
    assert "98" not in catalog("forma_pago")
    assert "P01" not in catalog("uso")
    assert catalog("producto")["81112101"].startswith("Proveedores de servicio de internet")
    assert (currency_decimals("MXN"), currency_decimals("JPY")) == (2, 0)
