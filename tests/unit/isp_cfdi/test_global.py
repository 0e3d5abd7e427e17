"""The factura global: one concept per receipt, streamed."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.const import CFDI
from isp_cfdi_services.dto import GlobalInfo, GlobalInvoice, Receipt, Tax
from isp_cfdi_services.errors import CfdiDataError
from isp_cfdi_services.global_invoice import build_global
from isp_cfdi_services.receipt import (
    credit_concept,
    pack_receipt,
    receipt_total,
    unpack_receipt,
)
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.totals import compute_totals
from isp_cfdi_services.validator import validate
from isp_cfdi_services.xmlio import parse

from .factory import FECHA, ISSUER, concept, csd, document

NET, IVA = Decimal("300.86"), Decimal("48.14")


def receipts(count):
    for number in range(count):
        tax = Tax("002", "Tasa", NET, Decimal("0.16"), IVA)
        yield Receipt(f"R-{number:05}", NET, (tax,))


def invoice(count=3, **values):
    defaults = {"expected_total": count * (NET + IVA), "receipts": receipts(count), "form": "01"}
    info = GlobalInfo("04", "11", 2026)
    return GlobalInvoice(issuer=ISSUER, info=info, fecha=FECHA, **{**defaults, **values})


def test_o15_one_concept_per_receipt():
    xml = build_global(invoice())
    root = parse(xml)
    assert validate(xml) == []
    rows = root.findall(f"{CFDI}Conceptos/{CFDI}Concepto")
    assert [row.get("NoIdentificacion") for row in rows] == ["R-00000", "R-00001", "R-00002"]
    kinds = {
        (row.get("ClaveProdServ"), row.get("ClaveUnidad"), row.get("Cantidad")) for row in rows
    }
    assert kinds == {("01010101", "ACT", "1")}
    assert {row.get("Descripcion") for row in rows} == {"Venta"}
    assert root.get("Total") == "1047.00"


def test_everybody_is_the_receiver():
    root = parse(build_global(invoice()))
    receiver = root.find(f"{CFDI}Receptor")
    assert dict(receiver.attrib) == {
        "Rfc": "XAXX010101000",
        "Nombre": "PUBLICO EN GENERAL",
        "DomicilioFiscalReceptor": ISSUER.zip,
        "RegimenFiscalReceptor": "616",
        "UsoCFDI": "S01",
    }
    info = root.find(f"{CFDI}InformacionGlobal")
    assert dict(info.attrib) == {"Periodicidad": "04", "Meses": "11", "Año": "2026"}


def test_another_total_is_refused():
    with pytest.raises(CfdiDataError):
        build_global(invoice(expected_total=Decimal("1047.01")))


def test_receipt_given_away_keeps_its_fee_per_unit():
    """SAT wants a price above zero: the receipt shows its price and the discount."""
    fee = Tax("003", "Cuota", Decimal(3), Decimal("1.5"), Decimal("4.50"))
    gift = concept("100", discount=Decimal(100), taxes=(fee,))
    packed = json.loads(json.dumps(pack_receipt(compute_totals([gift]))))
    receipt = unpack_receipt("R-1", packed)
    assert receipt_total(receipt) == Decimal("4.50")
    rows = [*receipts(1), receipt]
    total = NET + IVA + Decimal("4.50")
    assert validate(build_global(invoice(receipts=rows, expected_total=total))) == []
    note = document(credit_concept(receipt, "Recibo"), kind="E", expected_total=Decimal("4.50"))
    assert build_comprobante(note)


def test_thousands_of_receipts_are_one_sealed_document():
    sealed = seal(build_global(invoice(3000)), csd())
    assert validate(sealed) == []
    assert parse(sealed).get("Total") == "1047000.00"
