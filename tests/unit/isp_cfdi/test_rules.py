"""Rules that SAT's schema does not know, each broken once."""

from __future__ import annotations

import ast
import copy
import datetime
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.problem_texts import TEXTS
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.validator import validate

from .factory import RECEIVER, concept, csd, document

VALID = build_comprobante(document())
FOREIGNER = replace(
    RECEIVER, rfc="XEXX010101000", name="ACME INC", regime="616", use="S01", residence="USA"
)
ROOT = Path(__file__).resolve().parents[3]


def codes(xml, **options):
    return {problem.code for problem in validate(xml, **options)}


def broken(old, new, xml=VALID):
    changed = xml.decode().replace(old, new)
    assert changed != xml.decode()
    return codes(changed.encode())


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('TipoDeComprobante="I"', 'TipoDeComprobante="T"', "CFDI40121"),
        ('Exportacion="01"', 'Exportacion="02"', "CFDI40122"),
        ('LugarExpedicion="58000"', 'LugarExpedicion="00001"', "CFDI40126"),
        ('FormaPago="03"', "", "CFDI40104"),
        ('FormaPago="03"', 'FormaPago="99"', "CFDI40105"),
        ('MetodoPago="PUE"', 'MetodoPago="PPD"', "CFDI40105"),
        ('MetodoPago="PUE"', "", "CFDI40124"),
        ('Moneda="MXN"', 'Moneda="USD"', "CFDI40115"),
        ('Moneda="MXN"', 'Moneda="MXN" TipoCambio="2"', "CFDI40114"),
        ('Moneda="MXN"', 'Moneda="XXX" TipoCambio="1"', "CFDI40116"),
        ('SubTotal="300.86"', 'SubTotal="300.87"', "CFDI40108"),
        ('SubTotal="300.86"', 'SubTotal="300.860"', "CFDI40107"),
        ('SubTotal="300.86"', 'SubTotal="300.86" Descuento="1"', "CFDI40110"),
        ('SubTotal="300.86"', 'SubTotal="300.86" Descuento="0.000"', "CFDI40112"),
        ('Total="349.00"', 'Total="349.01"', "CFDI40119"),
        ('Total="349.00"', 'Total="349.000"', "CFDI40119"),
    ],
)
def test_header(old, new, code):
    assert code in broken(old, new)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('DomicilioFiscalReceptor="58000"', 'DomicilioFiscalReceptor="00001"', "CFDI40147"),
        ('RegimenFiscalReceptor="612"', 'RegimenFiscalReceptor="605"', "CFDI40161"),
        ('RegimenFiscalReceptor="612"', 'RegimenFiscalReceptor="601"', "CFDI40158"),
        ('RegimenFiscal="601"', 'RegimenFiscal="612"', "CFDI40141"),
        ('UsoCFDI="G03"', 'UsoCFDI="CN01"', "CFDI40161"),
        ('UsoCFDI="G03"', 'UsoCFDI="P01"', "CFDI40160"),
        ("RegimenFiscalReceptor", 'ResidenciaFiscal="USA" RegimenFiscalReceptor', "CFDI40151"),
        ("RegimenFiscalReceptor", 'NumRegIdTrib="12345" RegimenFiscalReceptor', "CFDI40154"),
    ],
)
def test_parties(old, new, code):
    assert code in broken(old, new)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('ClaveProdServ="81112101"', 'ClaveProdServ="81112109"', "CFDI40162"),
        ('ClaveProdServ="81112101"', 'ClaveProdServ="internet"', "CFDI40162"),
        ('ClaveUnidad="E48"', 'ClaveUnidad="Z0Z"', "CFDI40165"),
        ('ValorUnitario="300.862069"', 'ValorUnitario="0"', "CFDI40166"),
        ('ValorUnitario="300.862069"', 'ValorUnitario="901.862069"', "CFDI40167"),
        ('Importe="300.862069" ', 'Importe="300.862069" Descuento="0.0000001" ', "XSD_VALUE"),
        ('Importe="300.862069" ', 'Importe="300.86" Descuento="0.001" ', "CFDI40168"),
        ('Importe="300.862069" ', 'Importe="300.862069" Descuento="301" ', "CFDI40169"),
        ('ObjetoImp="02"', 'ObjetoImp="01"', "CFDI40172"),
        ('ObjetoImp="02"', 'ObjetoImp="03"', "CFDI40172"),
        ('Base="300.862069"', 'Base="0"', "XSD_VALUE"),
        ('TasaOCuota="0.160000"', 'TasaOCuota="0.150000"', "CFDI40179"),
        ('Impuesto="002"', 'Impuesto="001"', "CFDI40179"),
        ('TipoFactor="Tasa"', 'TipoFactor="Cuota"', "CFDI40179"),
        ('Importe="48.137931"', 'Importe="49.137931"', "CFDI40180"),
        ('Importe="48.137931"', "", "CFDI40178"),
        ('TipoFactor="Tasa"', 'TipoFactor="Exento"', "CFDI40177"),
        ('Importe="48.14"', 'Importe="48.15"', "CFDI40221"),
        ('Base="300.86"', 'Base="300.87"', "CFDI40215"),
        (' TotalImpuestosTrasladados="48.14"', "", "CFDI40212"),
        ('Trasladados="48.14"', 'Trasladados="48.15"', "CFDI40205"),
        ('Trasladados="48.14"', 'Trasladados="48.140"', "CFDI40204"),
        ('Trasladados="48.14"', 'Trasladados="48.14" TotalImpuestosRetenidos="0"', "CFDI40206"),
    ],
)
def test_amounts(old, new, code):
    assert code in broken(old, new)


def test_lines_without_the_taxes_they_promise():
    xml = build_comprobante(document(concept("100", taxes=(), object_tax="02")))
    assert codes(xml) == {"CFDI40171"}
    assert broken("/></cfdi:Conceptos>", "><cfdi:Impuestos/></cfdi:Concepto></cfdi:Conceptos>", xml)


def test_summary_names_each_group_once():
    node = VALID.decode().split("<cfdi:Traslado ")[2].split("/>")[0]
    twice = f"<cfdi:Traslado {node}/>"
    assert "CFDI40218" in broken(twice, twice * 2)
    summary = VALID.decode().split("</cfdi:Conceptos>")[1].split("</cfdi:Comprobante>")[0]
    assert codes(VALID.decode().replace(summary, "").encode()) == {"CFDI40218", "CFDI40119"}


@pytest.mark.parametrize(
    ("old", "new", "code", "text"),
    [
        ('UsoCFDI="G03"', 'UsoCFDI="Z99"', "XSD_VALUE", "UsoCFDI of Receptor cannot be “Z99”."),
        ('Rfc="RAMC900412QX3"', 'Rfc="RAMC90"', "XSD_VALUE", "Rfc of Receptor cannot be"),
        ('TipoDeComprobante="I"', "", "XSD_MISSING", "TipoDeComprobante of Comprobante is missing"),
        ("12:00:00", "12:00", "XSD_VALUE", "Fecha of Comprobante cannot be"),
        ('UsoCFDI="G03"', 'UsoCFDI="G03" Otro="1"', "XSD_EXTRA", "Receptor has no Otro"),
        ("<cfdi:Conceptos>", "<cfdi:Otro/><cfdi:Conceptos>", "XSD_ELEMENT", "Otro"),
    ],
)
def test_schema_refuses_in_words(old, new, code, text):
    changed = VALID.decode().replace(old, new)
    problems = validate(changed.encode())
    assert {problem.code for problem in problems} == {code}
    assert any(text in problem for problem in problems)
    assert all(problem.startswith("XSD: ") for problem in problems)


def test_s8_broken_xml_is_a_problem_not_a_crash():
    assert codes(b"<cfdi:Comprobante") == {"XSD"}
    assert codes(VALID.replace(b"</cfdi:Conceptos>", b"")) == {"XSD"}
    assert codes(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>') == {"XSD"}
    assert codes(b"") == {"XSD"}


def test_o7_generic_rfc_with_a_persons_name_needs_no_global_information():
    generic = replace(RECEIVER, rfc="XAXX010101000", regime="616", use="S01")
    for kind in "IE":
        assert validate(build_comprobante(document(receiver=generic, kind=kind))) == []
    everybody = replace(generic, name="PUBLICO EN GENERAL")
    assert codes(build_comprobante(document(receiver=everybody))) == {"CFDI40130"}
    assert validate(build_comprobante(document(receiver=everybody, kind="E"))) == []
    elsewhere = replace(generic, zip="06000", regime="612", use="G03")
    assert codes(build_comprobante(document(receiver=elsewhere))) == {"CFDI40149", "CFDI40159"}


def test_foreign_customer():
    assert validate(build_comprobante(document(receiver=FOREIGNER))) == []
    assert validate(build_comprobante(document(receiver=replace(FOREIGNER, tax_id="98-12")))) == []
    cases = {
        "CFDI40152": replace(FOREIGNER, residence="MEX"),
        "CFDI40153": replace(FOREIGNER, residence="", tax_id="98-12"),
        "CFDI40149": replace(FOREIGNER, zip="06000"),
    }
    for code, receiver in cases.items():
        assert codes(build_comprobante(document(receiver=receiver))) == {code}


def test_base_of_zero_is_refused():
    free = concept("0.00")
    assert codes(build_comprobante(document(concept(), free))) == {"CFDI40166"}


def test_o14_fecha_is_at_most_72_hours_old_and_never_in_the_future():
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
    assert codes(sealed.replace(b'NoCertificado="3', b'NoCertificado="X')) == {"XSD_VALUE"}


def test_terms_of_odoo_are_the_texts_of_the_rules():
    """Both sides hold the same English texts, else a translation would never be found."""
    tree = ast.parse((ROOT / "addons/isp_cfdi/problem_terms.py").read_text(encoding="utf-8"))
    table = next(node for node in ast.walk(tree) if isinstance(node, ast.Dict))
    found = {
        ast.literal_eval(key): ast.literal_eval(value.args[0])
        for key, value in zip(table.keys, table.values, strict=True)
    }
    assert found == TEXTS


def test_a_problem_survives_copies():
    problem = validate(VALID.replace(b'FormaPago="03"', b'FormaPago="99"'))[0]
    for copied in (copy.deepcopy(problem), pickle.loads(pickle.dumps(problem))):
        assert (copied, copied.code, copied.values) == (problem, problem.code, problem.values)


def test_every_text_is_used():
    services = ROOT / "addons/isp_cfdi/services"
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in services.glob("*.py")
        if path.name != "problem_texts.py"
    )
    assert [code for code in TEXTS if f'"{code}"' not in sources] == []
