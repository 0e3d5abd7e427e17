"""Random invoices: sums, schema, seal, and satcfdi as a second opinion."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.cadena import cadena
from isp_cfdi_services.dto import Concept, Tax
from isp_cfdi_services.rounding import dec, fixed, half_up, trimmed
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.text import clean
from isp_cfdi_services.validator import validate
from isp_cfdi_services.verify import verify_seal
from isp_cfdi_services.xmlio import parse, serialise

from .factory import csd, document

cents = st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2)
rates = st.sampled_from([Decimal("0.16"), Decimal("0.08"), Decimal(0)])
words = st.text(
    st.characters(
        min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs", "Co", "Cn", "Cc"]
    ),
    min_size=1,
    max_size=40,
).filter(lambda text: clean(text, 40))
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def concepts(draw):
    """A line with quantity, price, discount, and IVA, IEPS or nothing."""
    quantity = draw(st.decimals(Decimal("0.000001"), Decimal(48), places=6))
    price = draw(cents)
    amount = half_up(quantity * price, 6)
    if amount < 1:
        quantity, amount = Decimal(1), price
    discount = half_up(amount * draw(st.sampled_from([Decimal(0), Decimal("0.15")])), 6)
    base = amount - discount
    taxes = []
    if draw(st.booleans()):
        taxes.append(Tax("003", "Tasa", base, Decimal("0.03"), half_up(base * Decimal("0.03"), 6)))
        base += taxes[0].amount
    if draw(st.booleans()):
        rate = draw(rates)
        taxes.append(Tax("002", "Tasa", base, rate, half_up(base * rate, 6)))
    return Concept("81112101", "E48", draw(words), quantity, price, amount, discount, tuple(taxes))


@slow
@given(st.lists(concepts(), min_size=1, max_size=6))
def test_any_invoice_adds_up_and_is_valid(rows):
    xml = build_comprobante(document(*rows))
    root = parse(xml)
    assert validate(xml) == []
    net = Decimal(root.get("SubTotal")) - Decimal(root.get("Descuento", "0"))
    summary = root.find("{*}Impuestos")
    tax = Decimal(summary.get("TotalImpuestosTrasladados", "0")) if summary is not None else 0
    assert Decimal(root.get("Total")) == net + tax


@slow
@given(st.lists(concepts(), min_size=1, max_size=4))
def test_seal_holds_and_a_cent_breaks_it(rows):
    sealed = seal(build_comprobante(document(*rows)), csd())
    assert verify_seal(sealed)
    assert validate(sealed) == []
    root = parse(sealed)
    root.set("Total", fixed(Decimal(root.get("Total")) + Decimal("0.01")))
    assert not verify_seal(serialise(root))


@settings(max_examples=25, deadline=None)
@given(st.lists(concepts(), min_size=1, max_size=3))
def test_satcfdi_computes_the_same_cadena(rows):
    satcfdi = pytest.importorskip("satcfdi.cfdi", reason="satcfdi is not installed")
    sealed = seal(build_comprobante(document(*rows)), csd())
    theirs = satcfdi.CFDI.from_string(sealed).cadena_original()
    assert theirs == cadena(parse(sealed))


@given(st.decimals(-(10**9), 10**9, places=8))
def test_rounding_is_half_up_and_text_reads_back(value):
    assert abs(half_up(value, 2) - value) <= Decimal("0.005")
    assert Decimal(trimmed(value)) == half_up(value, 6)
    assert "E" not in trimmed(value)


@pytest.mark.parametrize(
    ("value", "expected"), [("166.665", "166.67"), ("0.005", "0.01"), ("-0.001", "0.00")]
)
def test_half_up(value, expected):
    """S4."""
    assert fixed(value) == expected
    assert half_up(dec(0.5) * dec(333.33)) == Decimal("166.67")
