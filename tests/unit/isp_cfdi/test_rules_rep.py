"""Rules of the factura global and of Pagos 2.0, each broken once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from isp_cfdi_services.banks import allowed_bank
from isp_cfdi_services.dto import PaymentBank
from isp_cfdi_services.global_invoice import build_global
from isp_cfdi_services.rep import build_rep
from isp_cfdi_services.validator import validate

from .factory import ISSUER
from .test_global import invoice
from .test_rep import paid, payment, rep
from .test_rules import broken, codes

GLOBAL = build_global(invoice())
REP = build_rep(rep())
BANK = PaymentBank("BBA830831LJ2", "", "012180001234567897", "BNM840515VB1", "002180001234567898")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('Meses="11"', 'Meses="13"', "CFDI40134"),
        ('Periodicidad="04"', 'Periodicidad="05"', "CFDI40132"),
        ('Periodicidad="04"', 'Periodicidad="05"', "CFDI40135"),
        ('Año="2026"', 'Año="2027"', "CFDI40136"),
        ('Año="2026"', 'Año="2024"', "CFDI40136"),
        ('Nombre="PUBLICO EN GENERAL"', 'Nombre="CITLALI RANGEL"', "CFDI40130"),
        ('TipoDeComprobante="I"', 'TipoDeComprobante="E"', "CFDI40130"),
    ],
)
def test_o7_global_information(old, new, code):
    assert code in broken(old, new, GLOBAL)


def test_two_months_at_once():
    """Periodicidad 05 with régimen 621, which belongs to natural persons."""
    issuer = replace(ISSUER, regime="621", rfc="RAMC900412QX3")
    info = replace(invoice().info, period="05", months="17")
    assert validate(build_global(replace(invoice(), issuer=issuer, info=info))) == []
    early = replace(invoice().info, year=2025)
    assert validate(build_global(replace(invoice(), info=early))) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('Exportacion="01"', 'Exportacion="03"', "CRP20102"),
        ('SubTotal="0"', 'SubTotal="1"', "CFDI40109"),
        ('Moneda="XXX"', 'Moneda="MXN"', "CRP20104"),
        ('Moneda="XXX"', 'Moneda="XXX" FormaPago="03"', "CFDI40103"),
        ('Moneda="XXX"', 'Moneda="XXX" MetodoPago="PUE"', "CRP20106"),
        ('Moneda="XXX"', 'Moneda="XXX" CondicionesDePago="30"', "CRP20107"),
        ('Moneda="XXX"', 'Moneda="XXX" Descuento="0"', "CRP20108"),
        ('Moneda="XXX"', 'Moneda="XXX" TipoCambio="1"', "CFDI40116"),
        (' Total="0"', ' Total="1"', "CRP20110"),
        ('UsoCFDI="CP01"', 'UsoCFDI="G03"', "CFDI40161"),
        ('ClaveProdServ="84111506"', 'ClaveProdServ="81112101"', "CRP20113"),
        ('Descripcion="Pago"', 'Descripcion="Abono"', "CRP20113"),
        ('Descripcion="Pago"', 'Descripcion="Pago" Unidad="A"', "CRP20113"),
        ("<cfdi:Complemento>", '<cfdi:Impuestos TotalImpuestosRetenidos="0"/><cfdi:Complemento>',
         "CFDI40201"),
    ],
)  # fmt: skip
def test_header_of_a_rep_is_fixed(old, new, code):
    assert code in broken(old, new, REP)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('FormaDePagoP="03"', 'FormaDePagoP="99"', "CRP20212"),
        ('MonedaP="MXN"', 'MonedaP="XXX"', "CRP20213"),
        ('TipoCambioP="1"', "", "CRP20214"),
        ('TipoCambioP="1"', 'TipoCambioP="1.0"', "CRP20215"),
        ('Monto="349.00"', 'Monto="348.99"', "CRP20217"),
        ('Monto="349.00"', 'Monto="0.00"', "CRP20218"),
        ('Monto="349.00"', 'Monto="349.001"', "CRP20219"),
        ('MonedaDR="MXN"', 'MonedaDR="XXX"', "CRP20236"),
        ('EquivalenciaDR="1"', "", "CRP20237"),
        ('EquivalenciaDR="1"', 'EquivalenciaDR="2"', "CRP20238"),
        ('ImpPagado="349.00"', 'ImpPagado="0.00"', "CRP20239"),
        ('ImpSaldoAnt="349.00"', 'ImpSaldoAnt="349.001"', "CRP20240"),
        ('ImpSaldoInsoluto="0.00"', 'ImpSaldoInsoluto="1.00"', "CRP20244"),
        ('ImpSaldoAnt="349.00"', 'ImpSaldoAnt="348.00"', "CRP20244"),
        ('ObjetoImpDR="02"', 'ObjetoImpDR="01"', "CRP20247"),
        ('TipoFactorDR="Tasa"', 'TipoFactorDR="Exento"', "CRP20258"),
        (' ImporteDR="48.137931"', "", "CRP20259"),
        ('ImporteDR="48.137931"', 'ImporteDR="48.137940"', "CRP20261"),
        ('BaseP="300.862069"', 'BaseP="300.862068"', "CRP20268"),
        ('ImporteP="48.137931"', 'ImporteP="48.137932"', "CRP20274"),
        ('Base' 'IVA16="300.86"', 'BaseIVA16="300.87"', "CRP20201"),
        ('MontoTotalPagos="349.00"', 'MontoTotalPagos="349.01"', "CRP20201"),
        ('MontoTotalPagos', 'TotalRetencionesISR="0.00" MontoTotalPagos', "CRP20201"),
    ],
)  # fmt: skip
def test_payments(old, new, code):
    assert code in broken(old, new, REP)


def test_object_promises_taxes():
    xml = build_rep(rep(payment(paid(taxes=(), object_tax="02"))))
    assert codes(xml) == {"CRP20246"}


@pytest.mark.parametrize(
    ("form", "bank", "code"),
    [
        ("01", PaymentBank(payer_account="012180001234567897"), "CRP20224"),
        ("06", PaymentBank(payee_rfc="BNM840515VB1"), "CRP20224"),
        ("17", PaymentBank(payer_rfc="BBA830831LJ2"), "CRP20224"),
        ("03", replace(BANK, payer_account="01218000123"), "CRP20225"),
        ("03", replace(BANK, payee_account="0121800012345678"), "CRP20225"),
        ("02", replace(BANK, payer_account="0121800012"), "CRP20225"),
        ("04", replace(BANK, payer_account="012180001234567897"), "CRP20225"),
        ("28", replace(BANK, payer_account="411111111111111"), "CRP20225"),
        ("29", replace(BANK, payer_account="41111111111111"), "CRP20225"),
        ("03", replace(BANK, payer_rfc="XEXX010101000"), "CRP20223"),
    ],
)
def test_bank_fields_by_payment_form(form, bank, code):
    xml = build_rep(rep(payment(form=form, bank=bank)))
    assert code in codes(xml)
    kept = allowed_bank(form, bank)
    if code != "CRP20223":
        assert validate(build_rep(rep(payment(form=form, bank=kept)))) == []


@pytest.mark.parametrize(
    ("form", "account"),
    [
        ("02", "01218000123"),
        ("03", "5512345678"),
        ("04", "4111111111111111"),
        ("05", "A_1234567890"),
    ],
)
def test_bank_fields_that_fit(form, account):
    bank = replace(BANK, payer_account=account, payer_name="BANCO")
    xml = build_rep(rep(payment(form=form, bank=bank, operation="SPEI-2026112212345")))
    assert validate(xml) == []
    assert allowed_bank(form, bank) == bank


def test_payment_chain_comes_whole():
    chain = 'MonedaP="MXN" TipoCadPago="01" CertPago="AA==" CadPago="x" SelloPago="AA=="'
    changed = REP.decode().replace('MonedaP="MXN"', chain)
    assert validate(changed.encode()) == []
    assert "CRP20230" in broken(' SelloPago="AA=="', "", changed.encode())
    assert "CRP20229" in broken('FormaDePagoP="03"', 'FormaDePagoP="01"', changed.encode())


def test_withheld_group_appears_once():
    from isp_cfdi_services.dto import Tax

    held = Tax("001", "Tasa", Decimal(100), Decimal("0.0125"), Decimal("1.25"), withheld=True)
    row = paid("98.75", balance=Decimal("98.75"), taxes=(held,))
    xml = build_rep(rep(payment(row)))
    assert validate(xml) == []
    node = '<pago20:RetencionP ImpuestoP="001" ImporteP="1.250000"/>'
    assert "CRP20263" in broken(node, node * 2, xml)
    assert "CRP20265" in broken('ImporteP="1.250000"', 'ImporteP="1.250001"', xml)
    transfer = REP.decode().split("<pago20:TrasladoP ")[1].split("/>")[0]
    whole = f"<pago20:TrasladoP {transfer}/>"
    assert "CRP20271" in broken(whole, whole * 2, REP)
