"""The builder: structure, order, sums, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.const import CFDI
from isp_cfdi_services.dto import GlobalInfo, Relation, Tax
from isp_cfdi_services.errors import CfdiDataError
from isp_cfdi_services.validator import validate
from isp_cfdi_services.xmlio import parse

from .factory import RECEIVER, concept, document, iva


def built(*concepts, **values):
    return parse(build_comprobante(document(*concepts, **values)))


def taxes(root):
    return root.find(f"{CFDI}Impuestos")


def test_one_month_is_valid_and_adds_up():
    xml = build_comprobante(document())
    root = parse(xml)
    assert validate(xml) == []
    assert root.get("Total") == "349.00"
    assert root.get("SubTotal") == "300.86"
    assert root.get("LugarExpedicion") == "58000"


def test_three_months_keep_the_exact_total():
    root = built(concept(), concept(), concept())
    assert root.get("Total") == "1047.00"
    assert taxes(root).get("TotalImpuestosTrasladados") == "144.41"


def test_another_total_is_refused():
    wrong = replace(document(), expected_total=Decimal("349.01"))
    with pytest.raises(CfdiDataError, match=r"349\.00"):
        build_comprobante(wrong)


def test_o6_quantity_keeps_six_decimals():
    """A prorated month keeps its base."""
    row = concept("133.000000", quantity=Decimal("0.333333"), unit_price=Decimal("399.000399"))
    xml = build_comprobante(document(row))
    assert parse(xml).find(f"{CFDI}Conceptos/{CFDI}Concepto").get("Cantidad") == "0.333333"
    assert validate(xml) == []


def test_o3_exempt_tax_has_neither_rate_nor_amount():
    root = built(concept("100", taxes=(Tax("002", "Exento", Decimal(100)),)))
    nodes = root.findall(f".//{CFDI}Traslado")
    assert len(nodes) == 2
    assert all(node.get("TasaOCuota") is None for node in nodes)
    assert all(node.get("Importe") is None for node in nodes)
    assert taxes(root).get("TotalImpuestosTrasladados") is None


def test_o4_withholding_is_positive_and_in_its_own_group():
    held = Tax("001", "Tasa", Decimal(1000), Decimal("0.0125"), Decimal("12.5"), withheld=True)
    xml = build_comprobante(document(concept("1000", taxes=(iva(Decimal(1000)), held))))
    root = parse(xml)
    assert root.get("Total") == "1147.50"
    assert taxes(root).get("TotalImpuestosRetenidos") == "12.50"
    assert [node.tag.split("}")[1] for node in taxes(root)] == ["Retenciones", "Traslados"]
    line = root.find(f".//{CFDI}Concepto/{CFDI}Impuestos")
    assert [node.tag.split("}")[1] for node in line] == ["Traslados", "Retenciones"]
    assert validate(xml) == []


def test_o5_ieps_is_part_of_the_base_of_iva():
    ieps = Tax("003", "Tasa", Decimal(1000), Decimal("0.03"), Decimal(30))
    xml = build_comprobante(document(concept("1000", taxes=(ieps, iva(Decimal(1030))))))
    bases = {
        node.get("Impuesto"): node.get("Base") for node in taxes(parse(xml)).iter(f"{CFDI}Traslado")
    }
    assert bases == {"002": "1030.00", "003": "1000.00"}
    assert validate(xml) == []


def test_rates_are_grouped_apart():
    root = built(concept("1000"), concept("500", taxes=(iva(Decimal(500), Decimal("0.08")),)))
    rates = [node.get("TasaOCuota") for node in taxes(root).iter(f"{CFDI}Traslado")]
    assert rates == ["0.080000", "0.160000"]


def test_discount_is_written_only_when_there_is_one():
    assert built().get("Descuento") is None
    row = concept("100", discount=Decimal(40), taxes=(iva(Decimal(60)),))
    root = built(row)
    assert (root.get("SubTotal"), root.get("Descuento")) == ("100.00", "40.00")
    assert root.get("Total") == "69.60"


def test_o2_foreign_currency_needs_its_rate():
    with pytest.raises(CfdiDataError, match="USD"):
        build_comprobante(document(currency="USD"))
    root = built(currency="USD", exchange_rate=Decimal("18.5012"))
    assert root.get("TipoCambio") == "18.5012"
    assert built().get("TipoCambio") is None


def test_untaxed_concept_says_so():
    xml = build_comprobante(document(concept("100", taxes=())))
    row = parse(xml).find(f".//{CFDI}Concepto")
    assert row.get("ObjetoImp") == "01"
    assert taxes(parse(xml)) is None
    assert validate(xml) == []


def test_related_documents_and_global_information_come_first():
    everybody = replace(
        RECEIVER, rfc="XAXX010101000", name="PUBLICO EN GENERAL", regime="616", use="S01"
    )
    uuid = "5F2A91C4-7D0E-4B63-9A1F-03C8E2B7D611"
    xml = build_comprobante(
        document(
            receiver=everybody,
            global_info=GlobalInfo("04", "11", 2026),
            relations=(Relation("04", (uuid,)),),
        )
    )
    names = [node.tag.split("}")[1] for node in parse(xml)]
    assert names[:3] == ["InformacionGlobal", "CfdiRelacionados", "Emisor"]
    assert validate(xml) == []


def test_texts_are_cleaned():
    root = built(concept(description="Plan | 50\n  Mbps" + "x" * 1200))
    text = root.find(f".//{CFDI}Concepto").get("Descripcion")
    assert text.startswith("Plan / 50 Mbps")
    assert len(text) == 1000


def test_empty_optional_attributes_are_left_out():
    root = built(serie="", folio="", conditions="")
    assert not {"Serie", "Folio", "CondicionesDePago"} & set(root.attrib)
    assert "Sello" not in root.attrib
