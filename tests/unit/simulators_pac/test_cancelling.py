"""SAT's status service and cancelation, signed by us."""

from __future__ import annotations

import pytest
from isp_cfdi_services.cancelation import CancelRequest, sign_cancelation
from isp_cfdi_services.csd import load_csd
from isp_cfdi_services.csd_tools import make_pair
from isp_cfdi_services.pac.errors import PacUnknownOutcome
from isp_cfdi_services.qr import expression, qr_expression
from isp_cfdi_services.sat_status import ask, envelope, parse_status
from isp_cfdi_services.tfd import parse_tfd
from isp_cfdi_services.xmlio import parse

RFC = "RTA190412AB9"
FECHA = "2026-11-22T12:00:00"


@pytest.fixture
def stamped(adapter, sealed, key):
    return adapter.stamp(sealed(), key).xml


def request_for(xml, motive="02", rfc=RFC, substitute=""):
    return CancelRequest(rfc, parse_tfd(xml).uuid, motive, FECHA, substitute)


def verdict(pac, xml):
    return ask(qr_expression(xml), pac.url)[0].verdict


def codes(adapter, request, csd):
    return set(adapter.cancel(sign_cancelation(request, csd)).codes.values())


def test_new_document_is_valid(pac, stamped):
    status, raw = ask(qr_expression(stamped), pac.url)
    assert status.found
    assert (status.state, status.cancellable) == ("Vigente", "Cancelable sin aceptación")
    assert b"ConsultaResult" in raw


def test_sat_knows_nothing_of_another_total_or_text(pac, stamped):
    facts = parse_tfd(stamped)
    wrong = expression(facts.uuid, RFC, "RAMC900412QX3", "350.00", facts.seal_cfdi)
    assert ask(wrong, pac.url)[0].verdict == "unknown"
    assert ask("nonsense", pac.url)[0].code.startswith("N - 601")


def test_new_document_may_be_unknown_for_a_while(pac, stamped):
    pac.post("/_control/sat", {"lag": 600})
    assert verdict(pac, stamped) == "unknown"


def test_o9_receipt_is_bytes_whatever_the_pac_sends(pac, adapter, stamped, csd):
    """Text in JSON, escaped XML in SOAP; the raw answer comes with it."""
    answer = adapter.cancel(sign_cancelation(request_for(stamped), csd))
    assert answer.codes == {parse_tfd(stamped).uuid: "201"}
    assert b"<Acuse " in answer.acuse
    assert b"Acuse" in answer.raw
    assert verdict(pac, stamped) == "cancelled"
    assert codes(adapter, request_for(stamped), csd) == {"202"}


@pytest.mark.parametrize(("accept", "expected"), [(True, "cancelled"), (False, "rejected")])
def test_cancelation_with_acceptance(pac, adapter, stamped, csd, accept, expected):
    pac.post("/_control/sat", {"acceptance": True})
    assert codes(adapter, request_for(stamped, "03"), csd) == {"201"}
    assert verdict(pac, stamped) == "in_process"
    pac.post("/_control/answer", {"uuid": parse_tfd(stamped).uuid, "accept": accept})
    assert verdict(pac, stamped) == expected


def test_silence_is_consent(pac, adapter, stamped, csd):
    pac.post("/_control/sat", {"acceptance": True})
    codes(adapter, request_for(stamped), csd)
    pac.post("/_control/clock", {"now": "2099-01-01T00:00:00+00:00"})
    assert ask(qr_expression(stamped), pac.url)[0].cancellation == "Plazo vencido"


def test_refused_cancelations(pac, adapter, stamped, csd):
    unknown = CancelRequest(RFC, "00000000-0000-0000-0000-000000000000", "02", FECHA)
    assert codes(adapter, unknown, csd) == {"205"}
    stranger = make_pair("AAA010101AAA", "OTRA", password="x-test")
    other = load_csd(*stranger, "x-test")
    assert codes(adapter, request_for(stamped, rfc="AAA010101AAA"), other) == {"203"}
    pac.post("/_control/cancellable", {"uuid": parse_tfd(stamped).uuid, "cancellable": False})
    assert codes(adapter, request_for(stamped), csd) == {"no_cancelable"}
    assert verdict(pac, stamped) == "rejected"


def test_changed_request_and_odd_codes(pac, adapter, stamped, csd):
    signed = sign_cancelation(request_for(stamped), csd)
    answer = adapter.cancel(signed.replace(b'Motivo="02"', b'Motivo="03"'))
    assert (answer.code, answer.codes) == ("302", {})
    for mode, code in (("cancel_code_999", "999"), ("cancel_code_", "")):
        pac.post("/_control/mode", {"mode": mode})
        assert set(adapter.cancel(signed).codes.values()) == {code}
    for code in ("708", "304", "798"):
        pac.post("/_control/mode", {"mode": f"cancel_request_{code}"})
        answer = adapter.cancel(signed)
        assert (answer.codes, answer.code) == ({}, code)
    pac.post("/_control/mode", {"mode": "cancel_empty"})
    answer = adapter.cancel(signed)
    assert (answer.codes, answer.code, answer.acuse) == ({}, "", b"")
    for mode in ("html", "empty", "before_html"):
        pac.post("/_control/mode", {"mode": mode})
        with pytest.raises(PacUnknownOutcome):
            adapter.cancel(signed)


def test_substitute_first_then_the_request(pac, adapter, sealed, stamped, csd):
    old = parse_tfd(stamped).uuid
    stranger = parse_tfd(adapter.stamp(sealed(), "stranger").xml).uuid
    assert codes(adapter, request_for(stamped, "01", substitute=stranger), csd) == {"207"}
    new = parse_tfd(adapter.stamp(sealed(replaces=old), f"{old}-b").xml).uuid
    assert verdict(pac, stamped) == "rejected"
    assert codes(adapter, request_for(stamped, "02"), csd) == {"no_cancelable"}
    assert codes(adapter, request_for(stamped, "01", substitute=new), csd) == {"201"}
    assert verdict(pac, stamped) == "cancelled"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("S", "Cancelado", "", "Cancelado con aceptación"), "cancelled"),
        (("S", "Cancelado", "", "Plazo vencido"), "cancelled"),
        (("S", "Cancelado", "No cancelable", ""), "cancelled"),
        (("S", "Vigente", "Cancelable con aceptación", "En proceso"), "in_process"),
        (("S", "Vigente", "", "Solicitud rechazada"), "rejected"),
        (("S", "Vigente", "No cancelable", ""), "rejected"),
        (("S", "Vigente", "Cancelable sin aceptación", ""), "not_registered"),
        (("S", "Vigente", "", ""), "valid"),
        (("S", "No Encontrado", "", ""), "unknown"),
        (("N - 601: x", "Vigente", "No cancelable", ""), "unknown"),
        (("N 602", "Cancelado", "", ""), "unknown"),
    ],
)
def test_every_combination_of_sats_words(pac, stamped, answer, expected):
    """The last element, ValidacionEFOS, is left out."""
    names = ("CodigoEstatus", "Estado", "EsCancelable", "EstatusCancelacion")
    given = {"uuid": parse_tfd(stamped).uuid, "answer": dict(zip(names, answer, strict=True))}
    pac.post("/_control/sat_answer", given)
    assert verdict(pac, stamped) == expected


def test_status_answer_of_the_vector(vectors):
    body = (vectors / "cfdi/sat-estado-cfdi/soap-response.xml").read_bytes()
    status = parse_status(body)
    assert (status.verdict, status.efos) == ("rejected", "")
    sent = parse((vectors / "cfdi/sat-estado-cfdi/soap-request-foobar.xml").read_bytes())
    theirs = sent.findtext(".//{http://tempuri.org/}expresionImpresa")
    assert parse(envelope(theirs)).findtext(".//{*}expresionImpresa") == theirs
