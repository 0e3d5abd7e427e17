"""Random invoices and payments: sums, schema, rules, seal, and satcfdi as a second opinion."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.cadena import cadena
from isp_cfdi_services.nodes import read_nodes
from isp_cfdi_services.rep import build_rep
from isp_cfdi_services.rep_reader import read_payments
from isp_cfdi_services.rep_taxes import group_taxes, paid_taxes, taxes_of
from isp_cfdi_services.rounding import cut, dec, fixed, half_up, trimmed
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.validator import validate
from isp_cfdi_services.verify import verify_seal
from isp_cfdi_services.xmlio import parse, serialise

from .factory import csd
from .strategies import invoices, reps

slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def expected_total(data):
    """SubTotal, Descuento and taxes by group, each rounded once: written out a second time."""
    rows, groups = list(data.concepts), {}
    for row in rows:
        for tax in row.taxes:
            key = (tax.withheld, tax.code, None if tax.withheld else (tax.factor, tax.rate))
            groups.setdefault(key, []).append(tax.amount or Decimal(0))
    total = half_up(sum(row.amount for row in rows)) - half_up(sum(row.discount for row in rows))
    for (held, _code, _kind), amounts in groups.items():
        total += half_up(sum(amounts)) * (-1 if held else 1)
    return total


@slow
@given(invoices())
def test_any_invoice_adds_up_and_is_valid(data):
    xml = build_comprobante(data)
    assert validate(xml) == []
    assert Decimal(parse(xml).get("Total")) == expected_total(data)


@slow
@given(invoices())
def test_seal_holds_and_a_cent_breaks_it(data):
    sealed = seal(build_comprobante(data), csd())
    assert verify_seal(sealed)
    assert validate(sealed) == []
    root = parse(sealed)
    root.set("Total", fixed(Decimal(root.get("Total")) + Decimal("0.01")))
    assert not verify_seal(serialise(root))


def second_opinion(sealed):
    """satcfdi reads the document, says the same cadena and writes the same attributes."""
    satcfdi = pytest.importorskip("satcfdi.cfdi", reason="satcfdi is not installed")
    theirs = satcfdi.CFDI.from_string(sealed)
    root = parse(sealed)
    assert theirs.cadena_original() == cadena(root)
    assert theirs["Total"] == Decimal(root.get("Total"))
    assert theirs["Emisor"]["Rfc"] == root.find("{*}Emisor").get("Rfc")
    return theirs


@few
@given(invoices())
def test_satcfdi_reads_the_same_invoice(data):
    sealed = seal(build_comprobante(data), csd())
    theirs = second_opinion(sealed)
    lines = parse(sealed).findall("{*}Conceptos/{*}Concepto")
    assert [line["Importe"] for line in theirs["Conceptos"]] == [
        Decimal(line.get("Importe")) for line in lines
    ]


@few
@given(reps())
def test_satcfdi_reads_the_same_rep(data):
    sealed = seal(build_rep(data), csd())
    theirs = second_opinion(sealed)["Complemento"]["Pagos"]["Totales"]
    totals = parse(sealed).find(".//{*}Totales")
    assert theirs["MontoTotalPagos"] == Decimal(totals.get("MontoTotalPagos"))


@slow
@given(reps())
def test_any_rep_is_valid_and_reads_back(data):
    xml = build_rep(data)
    assert validate(xml) == []
    read = read_payments(read_nodes(parse(xml)))
    for ours, theirs in zip(data.payments, read, strict=True):
        assert ours.amount == theirs.amount
        for one, other in zip(ours.documents, theirs.documents, strict=True):
            assert (one.paid, one.left, one.part) == (other.paid, other.stated_left, other.part)
            assert {tax.key for tax in one.taxes} == {tax.key for tax in other.taxes}


@slow
@given(reps())
def test_totals_of_a_rep_are_the_exact_sums(data):
    """Written out a second time with fractions: nothing is rounded before the end."""
    from fractions import Fraction

    base = total = Fraction(0)
    for payment in data.payments:
        rate = Fraction(payment.exchange_rate or 1)
        total += Fraction(payment.amount) * rate
        group = Fraction(0)
        for document in payment.documents:
            for tax in document.taxes:
                if tax.code == "002" and tax.rate == Decimal("0.16") and not tax.withheld:
                    group += Fraction(tax.base) / Fraction(document.equivalence)
        base += Fraction(round(group * 10**6 + Fraction(1, 10**9)), 10**6) * rate
    found = parse(build_rep(data)).find(".//{*}Totales")
    assert abs(Fraction(found.get("MontoTotalPagos")) - total) <= Fraction(5, 1000)
    stated = Fraction(found.get("TotalTrasladosBaseIVA16", "0"))
    assert abs(stated - base) <= Fraction(5, 1000) + Fraction(30 * len(data.payments), 10**6)


@few
@given(invoices(), st.data())
def test_parts_of_an_invoice_give_back_its_taxes(data, draws):
    """However an invoice is paid, its parts carry all of its taxes, to a millionth each."""
    whole = taxes_of(build_comprobante(data))
    total = data.expected_total
    if total <= 0:
        return
    first = draws.draw(st.decimals(Decimal("0.01"), total, places=2))
    parts = [paid_taxes(whole, total, part) for part in (first, total - first) if part]
    sums = {tax.key: tax for tax in group_taxes(tax for part in parts for tax in part)}
    for tax in whole:
        found = sums[tax.key].base if tax.key in sums else Decimal(0)
        assert abs(found - tax.base) <= Decimal("0.000002")


@given(st.decimals(-(10**9), 10**9, places=8))
def test_rounding_is_half_up_and_text_reads_back(value):
    assert abs(half_up(value, 2) - value) <= Decimal("0.005")
    assert abs(cut(value, 2)) <= abs(value)
    assert Decimal(trimmed(value)) == half_up(value, 6)
    assert "E" not in trimmed(value)


@pytest.mark.parametrize(
    ("value", "expected"), [("166.665", "166.67"), ("0.005", "0.01"), ("-0.001", "0.00")]
)
def test_s4_half_up(value, expected):
    assert fixed(value) == expected
    assert half_up(dec(0.5) * dec(333.33)) == Decimal("166.67")
