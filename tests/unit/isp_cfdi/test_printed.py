"""Data of the printed form, the vault of keys, SAT's verdicts and the resources."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from isp_cfdi_services import sat_status, vault
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.dto import Relation, Tax
from isp_cfdi_services.errors import CfdiError, CsdError
from isp_cfdi_services.printed import representation
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.verify import stamped_problems
from isp_cfdi_services.xmlio import parse, serialise

from .factory import RECEIVER, concept, csd, document, iva

ROOT = Path(__file__).resolve().parents[3]
UUID = "5F2A91C4-7D0E-4B63-9A1F-03C8E2B7D611"
STAMP = (
    '<cfdi:Complemento><tfd:TimbreFiscalDigital Version="1.1" UUID="{uuid}" '
    'xmlns:tfd="http://www.sat.gob.mx/TimbreFiscalDigital" FechaTimbrado="2026-11-22T12:05:00" '
    'RfcProvCertif="SIM190101AA1" SelloCFD="{seal}" NoCertificadoSAT="30001000000599999999" '
    'SelloSAT="AAAA"/></cfdi:Complemento></cfdi:Comprobante>'
)


def stamped(sealed, uuid=UUID):
    """A document with a stamp that nobody signed."""
    text = STAMP.format(uuid=uuid, seal=parse(sealed).get("Sello"))
    return sealed.decode().replace("</cfdi:Comprobante>", text).encode()


def printed(*concepts, **values):
    return representation(stamped(seal(build_comprobante(document(*concepts, **values)), csd())))


def test_everything_printed_is_plain_text():
    data = printed()
    assert json.loads(json.dumps(data)) == data
    assert data["kind"] == "I Ingreso"
    assert data["header"]["form"] == "03 Transferencia electrónica de fondos"
    assert data["header"]["method"].startswith("PUE ")
    assert data["receiver"]["use"] == "G03 Gastos en general"
    assert data["totals"]["total"] == "349.00"
    assert data["stamp"]["cadena"].startswith(f"||1.1|{UUID}|2026-11-22T12:05:00|")
    assert UUID in data["url"]


def test_taxes_are_named():
    held = Tax("001", "Tasa", Decimal(1000), Decimal("0.0125"), Decimal("12.5"), withheld=True)
    exempt = concept("10", taxes=(Tax("002", "Exento", Decimal(10)),))
    data = printed(concept("1000", taxes=(iva(Decimal(1000)), held)), exempt)
    names = {tax["name"] for tax in data["totals"]["taxes"]}
    assert names == {"IVA 16 %", "Retención ISR", "IVA exento"}
    assert data["concepts"][0]["taxes"][1] == "Retención ISR 1.25 % de $1,000.00: $12.50"


def test_discount_and_relations_are_shown():
    row = concept("1000", discount=Decimal(250), taxes=(iva(Decimal(750)),))
    data = printed(row, relations=(Relation("04", (UUID,)),))
    assert data["totals"]["discount"] == "250.00"
    assert data["concepts"][0]["discount"] == "250.00"
    assert data["relations"][0]["uuids"] == [UUID]


def test_only_stamped_documents_are_printed():
    sealed = seal(build_comprobante(document()), csd())
    with pytest.raises(CfdiError):
        representation(sealed)
    with pytest.raises(CfdiError):
        representation(stamped(sealed, uuid="not-a-uuid"))


def test_stamped_answer_is_compared_with_what_was_sent():
    sealed = seal(build_comprobante(document()), csd())
    other = seal(build_comprobante(document(folio="2")), csd())
    good = stamped(sealed)
    assert stamped_problems(sealed, good) == []
    assert stamped_problems(sealed, stamped(other))
    assert stamped_problems(sealed, sealed)
    assert stamped_problems(sealed, good.replace(b"CITLALI", b"OFELIA "))
    assert stamped_problems(sealed, b"<html/>")
    indented = parse(good)
    indented[0].tail = "\n  "
    assert stamped_problems(sealed, serialise(indented)) == []


def test_vault_opens_with_its_secret_only():
    token = vault.lock(csd().key, "one secret")
    assert vault.unlock(token, "one secret").private_numbers() == csd().key.private_numbers()
    for secret in ("another secret", ""):
        with pytest.raises(CsdError):
            vault.unlock(token, secret)


@pytest.mark.parametrize(
    ("code", "state", "cancellable", "cancellation", "verdict"),
    [
        ("S - x", "Cancelado", "", "", "cancelled"),
        ("S - x", "Cancelado", "No cancelable", "Plazo vencido", "cancelled"),
        ("S - x", "Vigente", "Cancelable con aceptación", "En proceso", "in_process"),
        ("S - x", "Vigente", "Cancelable con aceptación", "Solicitud rechazada", "rejected"),
        ("S - x", "Vigente", "No cancelable", "", "rejected"),
        ("S - x", "Vigente", "Cancelable sin aceptación", "", "not_registered"),
        ("S - x", "Vigente", "", "", "valid"),
        ("S - x", "No Encontrado", "", "", "unknown"),
        ("N - 601: x", "Vigente", "", "", "unknown"),
        ("N 602", "Cancelado", "", "", "unknown"),
        ("", "", "", "", "unknown"),
    ],
)
def test_verdict(code, state, cancellable, cancellation, verdict):
    status = sat_status.SatStatus(code, state, cancellable, cancellation)
    assert status.verdict == verdict


def test_unreadable_status_is_an_error():
    with pytest.raises(CfdiError):
        sat_status.parse_status(b"<html>")


def test_names_with_special_letters_survive_seal_and_print():
    receiver = replace(RECEIVER, rfc="Ñ&A010101AA1", name="ÑANDÚ & HIJOS", regime="601")
    data = printed(receiver=receiver)
    assert data["receiver"]["name"] == "ÑANDÚ & HIJOS"
    assert "rr=Ñ&amp;A010101AA1" in data["url"]
