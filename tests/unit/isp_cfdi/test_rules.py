"""Rules that SAT's schema does not know, each broken once."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.validator import validate

from .factory import RECEIVER, concept, csd, document

VALID = build_comprobante(document())


def codes(xml, **options):
    return {problem.split(":")[0] for problem in validate(xml, **options)}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('SubTotal="300.86"', 'SubTotal="300.87"', "CFDI40108"),
        ('Total="349.00"', 'Total="349.01"', "CFDI40119"),
        ('Total="349.00"', 'Total="349.000"', "CFDI40119"),
        ('ValorUnitario="300.862069"', 'ValorUnitario="901.862069"', "CFDI40167"),
        ('Importe="48.137931"', 'Importe="49.137931"', "CFDI40181"),
        ('Importe="48.14"', 'Importe="48.15"', "CFDI40221"),
        ('Base="300.86"', 'Base="300.87"', "CFDI40216"),
        ('ObjetoImp="02"', 'ObjetoImp="01"', "CFDI40171"),
        ('FormaPago="03"', 'FormaPago="99"', "CFDI40105"),
        ('LugarExpedicion="58000"', 'LugarExpedicion="00001"', "CFDI40123"),
        ('DomicilioFiscalReceptor="58000"', 'DomicilioFiscalReceptor="00001"', "CFDI40147"),
        ('RegimenFiscalReceptor="612"', 'RegimenFiscalReceptor="605"', "CFDI40161"),
        ('UsoCFDI="G03"', 'UsoCFDI="CN01"', "CFDI40161"),
        ('Moneda="MXN"', 'Moneda="USD"', "CFDI40113"),
    ],
)
def test_broken_rule_is_named(old, new, code):
    changed = VALID.decode().replace(old, new)
    assert changed != VALID.decode()
    assert code in codes(changed.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('UsoCFDI="G03"', 'UsoCFDI="Z99"'),
        ('Rfc="RAMC900412QX3"', 'Rfc="RAMC90"'),
        ('TipoDeComprobante="I"', ""),
        ('Fecha="2026-11-22T12:00:00"', 'Fecha="2026-11-22 12:00"'),
    ],
)
def test_schema_still_refuses(old, new):
    problems = validate(VALID.decode().replace(old, new).encode())
    assert problems
    assert all(problem.startswith("XSD") for problem in problems)


def test_broken_xml_is_a_problem_not_a_crash():
    assert validate(b"<cfdi:Comprobante")
    assert validate(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


def test_generic_rfc_with_a_persons_name_needs_no_global_information():
    """O7."""
    generic = replace(RECEIVER, rfc="XAXX010101000", regime="616", use="S01")
    assert validate(build_comprobante(document(receiver=generic))) == []
    everybody = replace(generic, name="PUBLICO EN GENERAL")
    assert codes(build_comprobante(document(receiver=everybody))) == {"CFDI40130"}
    elsewhere = replace(generic, zip="06000", regime="612", use="G03")
    assert codes(build_comprobante(document(receiver=elsewhere))) == {"CFDI40149", "CFDI40159"}


def test_ppd_wants_form_99():
    assert codes(build_comprobante(document(method="PPD"))) == {"CFDI40105"}
    assert validate(build_comprobante(document(method="PPD", form="99"))) == []


def test_base_of_zero_is_refused():
    free = concept("0.00")
    assert validate(build_comprobante(document(concept(), free)))


def test_fecha_is_at_most_72_hours_old_and_never_in_the_future():
    """12:00 in Morelia is 18:00 UTC."""
    moment = datetime.datetime(2026, 11, 22, 18, tzinfo=datetime.UTC)
    hour = datetime.timedelta(hours=1)
    assert codes(VALID, now=moment) == set()
    assert codes(VALID, now=moment - hour) == {"CFDI40101"}
    assert codes(VALID, now=moment + 72 * hour) == set()
    assert codes(VALID, now=moment + 73 * hour) == {"401"}


def test_sealed_document_is_judged_with_its_own_seal():
    sealed = seal(VALID, csd())
    assert validate(sealed) == []
    assert validate(sealed.replace(b'NoCertificado="3', b'NoCertificado="X'))
