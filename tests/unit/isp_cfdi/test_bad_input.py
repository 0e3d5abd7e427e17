"""Input that a clerk really types, and what the core says to it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.const import CFDI
from isp_cfdi_services.dto import Tax
from isp_cfdi_services.errors import CfdiDataError
from isp_cfdi_services.limits import outside, tax_outside
from isp_cfdi_services.rounding import half_up
from isp_cfdi_services.sealer import prepare, seal
from isp_cfdi_services.text import fiscal_name
from isp_cfdi_services.validator import validate
from isp_cfdi_services.verify import verify_seal
from isp_cfdi_services.xmlio import parse

from .factory import FECHA, ISSUER, RECEIVER, concept, csd, document, iva


def refused(*rows, **values):
    """Codes of what keeps the document from being built."""
    with pytest.raises(CfdiDataError) as caught:
        build_comprobante(document(*rows, **values))
    return {problem.code for problem in caught.value.problems}


@pytest.mark.parametrize("rfc", ["Ñ&A010101AA1", "ÑÑÑ010101AA1", "A&B010101AA1"])
def test_rfc_with_special_letters_is_written_and_sealed(rfc):
    issuer, receiver = replace(ISSUER, rfc=rfc), replace(RECEIVER, rfc=rfc, regime="601")
    sealed = prepare(build_comprobante(document(issuer=issuer, receiver=receiver)), csd(rfc))
    assert verify_seal(sealed)
    assert parse(sealed).find(f"{CFDI}Receptor").get("Rfc") == rfc


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Ñandú & Hijos, S.A. de C.V.", "ÑANDÚ & HIJOS"),
        ("Comunicación Óptica SA DE CV", "COMUNICACIÓN ÓPTICA"),
        ('El "Güero" <Redes> SAPI de CV', 'EL "GÜERO" <REDES>'),
    ],
)
def test_names_with_accents_and_company_types(typed, written):
    receiver = replace(
        RECEIVER, rfc="RTA190412AB9", regime="601", name=fiscal_name(typed, "RTA190412AB9")
    )
    sealed = prepare(build_comprobante(document(receiver=receiver)), csd())
    assert parse(sealed).find(f"{CFDI}Receptor").get("Nombre") == written
    assert verify_seal(sealed)


@pytest.mark.parametrize("price", ["0.01", "0.03", "0.05", "1.005", "33.333333", "99999.99"])
@pytest.mark.parametrize("count", [1, 3, 7])
def test_cents_never_get_lost(price, count):
    """CFDI40108, 40119, 40167, 40215 and 40221 for a cent."""
    net = Decimal(price)
    xml = build_comprobante(document(*[concept(price, unit_price=net) for _ in range(count)]))
    assert validate(xml) == []
    expected = half_up(net * count) + half_up(half_up(net * Decimal("0.16"), 6) * count)
    assert Decimal(parse(xml).get("Total")) == expected


@pytest.mark.parametrize(
    ("base", "amount", "fits"),
    [
        ("100.01", "15.99", False),
        ("100.01", "16.00", True),
        ("100.01", "16.01", True),
        ("100.01", "16.02", False),
        ("100.010000", "16.001600", True),
        ("100.010000", "16.001602", False),
        ("0.01", "0.00", True),
        ("0.01", "0.01", True),
        ("0.01", "0.02", False),
    ],
)
def test_limits_of_a_tax_depend_on_the_decimals_that_are_written(base, amount, fits):
    assert (tax_outside(base, "0.160000", amount) is None) == fits


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "fits"),
    [
        ("4", "956.04", "3824.15", True),  # a stamped document of SAT's own tests
        ("4.000000", "956.040000", "3824.14", False),
        ("0.333333", "399", "133.00", True),
        ("1.00", "100.00", "100.51", True),
        ("1.00", "100.00", "100.52", False),
    ],
)
def test_limits_of_a_line(quantity, price, amount, fits):
    assert (outside(quantity, price, amount) is None) == fits


def test_our_own_lines_agree_to_the_cent():
    """SAT would take 99.99 for anything near; we write quantity x price."""
    values = {"quantity": Decimal(3), "unit_price": Decimal("33.33"), "taxes": ()}
    assert validate(build_comprobante(document(concept("100.00", **values)))) == []
    assert refused(concept("100.01", **values)) == {"OWN_PRICE"}


def test_negative_line_is_refused_with_a_way_out():
    assert refused(concept(), concept("-50")) == {"OWN_NEGATIVE"}
    with pytest.raises(CfdiDataError, match="discount of another line"):
        build_comprobante(document(concept(), concept("-50")))


def test_impossible_lines_are_refused():
    assert refused(concept(quantity=Decimal(0), amount=Decimal(0))) == {"OWN_QUANTITY"}
    assert refused(concept(quantity=Decimal(2))) == {"OWN_PRICE"}
    assert refused(concept("10", discount=Decimal(11))) == {"CFDI40169"}
    assert refused(concept(description=" ")) == {"OWN_TEXT"}
    with pytest.raises(CfdiDataError, match="no line"):
        build_comprobante(replace(document(), concepts=()))


def test_whole_discount_carries_no_taxes():
    gift = concept("100", discount=Decimal(100), taxes=(iva(Decimal(0)),))
    xml = build_comprobante(document(concept(), gift))
    row = parse(xml).findall(f"{CFDI}Conceptos/{CFDI}Concepto")[1]
    assert (row.get("Descuento"), row.get("ObjetoImp"), len(row)) == ("100.00", "01", 0)
    assert validate(xml) == []
    alone = build_comprobante(document(gift))
    assert (parse(alone).get("Total"), validate(alone)) == ("0.00", [])


def test_whole_discount_keeps_the_fee_per_unit():
    """The base of a Cuota are the units: it stays, and what is due on it, at a price of zero."""
    fee = Tax("003", "Cuota", Decimal(3), Decimal("1.5"), Decimal("4.50"))
    due = iva(Decimal("4.50"))
    gift = concept("100", discount=Decimal(100), taxes=(fee, due))
    for rows in ((gift,), (concept(), gift)):
        xml = build_comprobante(document(*rows))
        assert validate(xml) == []
        row = parse(xml).findall(f"{CFDI}Conceptos/{CFDI}Concepto")[-1]
        bases = [node.get("Base") for node in row.iterfind(".//{*}Traslado")]
        assert (row.get("ObjetoImp"), bases) == ("02", ["3.00", "4.50"])
    assert parse(build_comprobante(document(gift))).get("Total") == "5.22"
    priceless = replace(gift, unit_price=Decimal(0), amount=Decimal(0), discount=Decimal(0))
    problems = validate(build_comprobante(document(priceless)))
    assert [problem.code for problem in problems] == ["CFDI40166"]


def test_invoice_without_taxes_is_valid_and_sealed():
    sealed = prepare(build_comprobante(document(concept("100", taxes=()))), csd())
    assert parse(sealed).find(f"{CFDI}Impuestos") is None
    assert verify_seal(sealed)


def test_nothing_is_sealed_that_breaks_a_rule():
    wrong = build_comprobante(document()).replace(b'FormaPago="03"', b'FormaPago="99"')
    with pytest.raises(CfdiDataError) as caught:
        prepare(wrong, csd())
    assert [problem.code for problem in caught.value.problems] == ["CFDI40105"]
    with pytest.raises(CfdiDataError):
        prepare(b"<cfdi:Comprobante", csd())
    assert seal(wrong, csd())


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "a\ufffeb", "a\x0bb\x85", "a|b\n\tc"])
def test_letters_that_xml_forbids_are_left_out(text):
    sealed = prepare(build_comprobante(document(concept(description=text))), csd())
    assert verify_seal(sealed)
    assert FECHA.encode() in sealed


def test_sums_are_those_of_the_decimals_that_are_written():
    """A price of more than six decimals is written with six, and so is what adds up."""
    xml = build_comprobante(document(concept("10.0049999")))
    assert validate(xml) == []
    assert parse(xml).get("SubTotal") == "10.01"
