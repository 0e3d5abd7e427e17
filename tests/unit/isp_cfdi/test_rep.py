"""The REP: structure, part payments, another currency, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.const import CFDI, PAGO20
from isp_cfdi_services.dto import PaidDocument, Payment, Relation, Rep, Tax
from isp_cfdi_services.errors import CfdiDataError
from isp_cfdi_services.rep import build_rep
from isp_cfdi_services.rep_taxes import paid_taxes, taxes_of
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.validator import validate
from isp_cfdi_services.verify import verify_seal
from isp_cfdi_services.xmlio import parse

from .factory import FECHA, ISSUER, RECEIVER, concept, csd, document, iva

UUID = "5F2A91C4-7D0E-4B63-9A1F-03C8E2B7D611"
TOTAL = Decimal("349.00")
TAXES = taxes_of(build_comprobante(document()))


def paid(amount="349.00", **values):
    money = Decimal(amount)
    defaults = {
        "uuid": UUID,
        "balance": TOTAL,
        "paid": money,
        "part": 1,
        "taxes": paid_taxes(TAXES, TOTAL, money),
    }
    return PaidDocument(**{**defaults, **values})


def payment(*documents, **values):
    rows = documents or (paid(),)
    defaults = {
        "fecha": FECHA,
        "form": "03",
        "amount": sum((row.paid for row in rows), Decimal(0)),
        "documents": rows,
    }
    return Payment(**{**defaults, **values})


def rep(*payments, **values):
    return Rep(ISSUER, RECEIVER, payments or (payment(),), FECHA, serie="P", folio="1", **values)


def totals(xml):
    return dict(parse(xml).find(f".//{PAGO20}Totales").attrib)


def test_one_payment_is_valid_and_sealed():
    sealed = seal(build_rep(rep(relations=(Relation("04", (UUID,)),))), csd())
    assert validate(sealed) == []
    assert verify_seal(sealed)
    root = parse(sealed)
    assert (root.get("Total"), root.get("SubTotal"), root.get("Moneda")) == ("0", "0", "XXX")
    assert not {"FormaPago", "MetodoPago", "TipoCambio"} & set(root.attrib)
    assert root.find(f"{CFDI}Receptor").get("UsoCFDI") == "CP01"
    assert totals(sealed) == {
        "TotalTrasladosBaseIVA16": "300.86",
        "TotalTrasladosImpuestoIVA16": "48.14",
        "MontoTotalPagos": "349.00",
    }


def test_o12_one_group_per_rate():
    """16 % and 8 % of 1,700: 1000 at 16 %, 500 at 8 %."""
    invoice = build_comprobante(
        document(concept("1000"), concept("500", taxes=(iva(Decimal(500), Decimal("0.08")),)))
    )
    taxes = paid_taxes(taxes_of(invoice), Decimal(1700), Decimal(1700))
    xml = build_rep(rep(payment(paid("1700", balance=Decimal(1700), taxes=taxes))))
    assert validate(xml) == []
    found = totals(xml)
    assert (found["TotalTrasladosBaseIVA16"], found["TotalTrasladosBaseIVA8"]) == (
        "1000.00",
        "500.00",
    )
    assert "MetodoDePagoDR" not in xml.decode()


def test_o12_part_payment_keeps_its_part_of_the_taxes():
    xml = build_rep(rep(payment(paid("100.00", part=2))))
    node = parse(xml).find(f".//{PAGO20}DoctoRelacionado")
    assert (node.get("NumParcialidad"), node.get("ImpSaldoInsoluto")) == ("2", "249.00")
    assert node.find(f".//{PAGO20}TrasladoDR").get("BaseDR") == "86.206897"
    assert node.find(f".//{PAGO20}TrasladoDR").get("ImporteDR") == "13.793104"
    assert validate(xml) == []


def test_s3_pesos_say_an_exchange_rate_of_one():
    node = parse(build_rep(rep())).find(f".//{PAGO20}Pago")
    assert node.get("TipoCambioP") == "1"
    assert node.find(f"{PAGO20}DoctoRelacionado").get("EquivalenciaDR") == "1"


def test_dollars_pay_an_invoice_in_pesos():
    row = paid(equivalence=Decimal("17.36075"))
    dollars = payment(
        row, currency="USD", exchange_rate=Decimal("17.3608"), amount=Decimal("20.11")
    )
    xml = build_rep(rep(dollars))
    assert validate(xml) == []
    assert totals(xml)["MontoTotalPagos"] == "349.13"
    with pytest.raises(CfdiDataError, match="USD"):
        build_rep(rep(replace(dollars, exchange_rate=None)))
    with pytest.raises(CfdiDataError, match=r"20\.10"):
        build_rep(rep(replace(dollars, amount=Decimal("20.09"))))


def test_pesos_pay_an_invoice_in_dollars():
    row = paid(currency="USD", equivalence=Decimal("0.0563882216"))
    pesos = payment(row, amount=Decimal("6189.24"))
    xml = build_rep(rep(pesos))
    assert validate(xml) == []
    assert totals(xml)["TotalTrasladosBaseIVA16"] == "5335.55"


def test_least_amount_is_cut_not_rounded():
    """200.00 at 3 to one take 66.666…: 66.66 is enough, though it rounds to 66.67."""
    row = paid("200.00", balance=Decimal(200), taxes=(), currency="USD", equivalence=Decimal(3))
    assert validate(build_rep(rep(payment(row, amount=Decimal("66.66"))))) == []
    with pytest.raises(CfdiDataError, match=r"66\.66"):
        build_rep(rep(payment(row, amount=Decimal("66.65"))))


def test_invoice_without_taxes_says_so():
    xml = build_rep(rep(payment(paid(taxes=()))))
    node = parse(xml).find(f".//{PAGO20}DoctoRelacionado")
    assert node.get("ObjetoImpDR") == "01"
    assert len(node) == 0
    assert validate(xml) == []


def test_exempt_and_withheld_taxes():
    held = Tax("001", "Tasa", Decimal(100), Decimal("0.0125"), Decimal("1.25"), withheld=True)
    row = paid("98.75", balance=Decimal("98.75"), taxes=(Tax("002", "Exento", Decimal(100)), held))
    xml = build_rep(rep(payment(row)))
    assert validate(xml) == []
    assert totals(xml) == {
        "TotalRetencionesISR": "1.25",
        "TotalTrasladosBaseIVAExento": "100.00",
        "MontoTotalPagos": "98.75",
    }


@pytest.mark.parametrize(
    "row",
    [
        paid("349.00", balance=Decimal("348.99")),
        paid("349.00", part=0),
        paid("349.00", part=1000),
        paid("349.00", equivalence=Decimal(2)),
        paid("349.00", currency="USD", equivalence=Decimal(0)),
        paid("349.00", currency="USD", equivalence=Decimal("0.05638822161")),
        paid("349.00", paid=Decimal(0)),
    ],
)
def test_impossible_parts_are_refused(row):
    with pytest.raises(CfdiDataError):
        build_rep(rep(payment(row, amount=Decimal(10000))))


def test_nothing_to_settle_is_refused():
    with pytest.raises(CfdiDataError):
        build_rep(Rep(ISSUER, RECEIVER, (), FECHA))
    with pytest.raises(CfdiDataError):
        build_rep(rep(replace(payment(), documents=())))
    with pytest.raises(CfdiDataError):
        paid_taxes(TAXES, Decimal(0), Decimal(0))


def test_sums_are_those_of_the_decimals_that_are_written():
    """Taxes of an endless fraction: ImpuestosP and Totales add up what ImpuestosDR say."""
    base = Decimal(100) / 3
    tax = Tax("002", "Tasa", base, Decimal("0.16"), base * Decimal("0.16"))
    held = replace(tax, rate=Decimal("0.106667"), amount=base * Decimal("0.106667"), withheld=True)
    rows = [paid("35.00", taxes=(tax, held)) for _ in range(4)]
    assert validate(build_rep(rep(payment(*rows), payment(*rows[:2])))) == []
