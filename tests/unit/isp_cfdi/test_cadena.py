"""The cadena written from our tables equals SAT's style sheet, or is left to it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.cadena import cadena
from isp_cfdi_services.cadena_nodes import known_cadena
from isp_cfdi_services.cadena_order import COMPROBANTE
from isp_cfdi_services.dto import PaymentBank, Relation
from isp_cfdi_services.global_invoice import build_global
from isp_cfdi_services.nodes import read_nodes
from isp_cfdi_services.rep import build_rep
from isp_cfdi_services.schema import RESOURCES
from isp_cfdi_services.sealer import prepare, seal, seal_with_style_sheet
from isp_cfdi_services.verify import verify_seal, without_stamp
from isp_cfdi_services.xmlio import parse, serialise

from .factory import RECEIVER, concept, csd, document, iva
from .strategies import invoices, reps
from .test_global import invoice
from .test_rep import paid, payment, rep

UUIDS = ("5F2A91C4-7D0E-4B63-9A1F-03C8E2B7D611", "6F2A91C4-7D0E-4B63-9A1F-03C8E2B7D611")
BANK = PaymentBank("BBA830831LJ2", "BANCO  X", "012180001234567897", "BNM840515VB1", "5512345678")
SAMPLES = {
    "invoice": build_comprobante(
        document(
            concept(description="Dos  espacios y ñ", reference="A 1", unit_name="Mes"),
            concept("500", taxes=(iva(Decimal(500), Decimal("0.08")),), discount=Decimal(0)),
            relations=(Relation("04", UUIDS), Relation("01", UUIDS[:1])),
            conditions="Pago  en una\u00a0exhibición",
            receiver=replace(RECEIVER, name="ÑANDÚ & HIJOS"),
        )
    ),
    "rep": build_rep(
        rep(payment(paid("100.00"), paid("20.00", part=2), bank=BANK, operation="X 1"))
    ),
    "global": build_global(invoice()),
}


def ours(xml):
    root = parse(xml)
    return known_cadena(xml, read_nodes(root), root.get("NoCertificado", ""))


@pytest.mark.parametrize("name", SAMPLES)
def test_both_seals_are_the_same_bytes(name):
    sealed = seal(SAMPLES[name], csd())
    assert sealed == seal_with_style_sheet(SAMPLES[name], csd()) == prepare(SAMPLES[name], csd())
    assert ours(sealed) == cadena(parse(sealed))
    assert seal(sealed, csd()) == sealed
    assert verify_seal(sealed)


@settings(max_examples=60, deadline=None)
@given(invoices())
def test_any_invoice_has_the_cadena_of_the_style_sheet(data):
    sealed = seal(build_comprobante(data), csd())
    assert ours(sealed) == cadena(parse(sealed))


@settings(max_examples=40, deadline=None)
@given(reps())
def test_any_rep_has_the_cadena_of_the_style_sheet(data):
    sealed = seal(build_rep(data), csd())
    assert ours(sealed) == cadena(parse(sealed))


def test_vectors_have_the_cadena_of_the_style_sheet(vectors):
    folder = vectors / "cfdi/cfdiutils"
    stamped = (folder / "cfdi40-valid.xml").read_bytes()
    sent = serialise(without_stamp(parse(stamped)))
    assert ours(stamped) in (None, cadena(parse(stamped)))
    assert ours(sent) in (None, cadena(parse(sent)))
    for path in sorted((folder / "pagos20-calculator").glob("*.xml")):
        assert ours(path.read_bytes()) == cadena(parse(path.read_bytes()))


NAMES = [f"{order}" for order in ("Serie", "Folio", "FormaPago", "Descuento", "Confirmacion")]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.text(st.sampled_from(" aÑ|&<\"\u00a0\u2003é'>"), max_size=8))
def test_any_attribute_value_is_normalised_alike(name, value):
    root = parse(SAMPLES["invoice"])
    root.set(name, value)
    xml = serialise(root)
    assert ours(xml) == cadena(parse(xml))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</cfdi:Conceptos>", b"</cfdi:Conceptos><cfdi:Addenda/>"),
        (b'Serie="A"', b'Serie="A&#10;B"'),
        (b"<cfdi:Receptor ", b'<cfdi:Emisor Rfc="X"/><cfdi:Receptor '),
    ],
)
def test_what_the_tables_do_not_know_is_left_to_the_style_sheet(old, new):
    changed = SAMPLES["invoice"].replace(old, new)
    assert changed != SAMPLES["invoice"]
    known = ours(changed)
    assert known in (None, cadena(parse(changed)))
    sealed = seal(changed, csd())
    assert verify_seal(sealed)
    assert sealed == seal_with_style_sheet(changed, csd())


def test_other_order_and_other_prefixes_are_sealed_too():
    root = parse(SAMPLES["invoice"])
    root.insert(0, root[-1])
    assert ours(serialise(root)) is None
    assert verify_seal(seal(serialise(root), csd()))
    foreign = SAMPLES["invoice"].replace(b"cfdi:", b"f:").replace(b":cfdi=", b":f=")
    assert verify_seal(seal(foreign, csd()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'Folio="1"', b"Folio='1>2'"),
        (b'Folio="1"', b'Folio="1>2"'),
        (b'Folio="1"', b"Folio='x=\"y'"),
        (b'Folio="1"', b'Folio="it\'s"'),
        (b"<cfdi:Comprobante ", b'<!--<cfdi:Comprobante a="1">--><cfdi:Comprobante '),
        (b"\n<cfdi:Comprobante ", b"\n\n<cfdi:Comprobante "),
    ],
)
def test_bytes_of_others_are_sealed_as_a_tree(old, new):
    """A seal is spliced into our own bytes only: elsewhere ``>`` may stand in a value."""
    changed = SAMPLES["invoice"].replace(old, new, 1)
    assert changed != SAMPLES["invoice"]
    sealed = seal(changed, csd())
    assert verify_seal(sealed)
    assert sealed == seal_with_style_sheet(changed, csd())


def test_tables_name_every_attribute_of_the_style_sheets():
    """Each ``@Name`` that SAT's templates read is in the tables, or is none of ours."""
    text = (RESOURCES / "Pagos/Pagos20.xslt").read_text(encoding="utf-8")
    names = {part.split('"')[0] for part in text.split("./@")[1:]}

    def listed(order):
        found = {name for name, _required in order.names} | {name for _at, name in order.after}
        return found.union(*(listed(child) for child in order.children.values()))

    assert names <= listed(COMPROBANTE)
