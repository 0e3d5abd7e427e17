"""What only Finkok does."""

from __future__ import annotations

import pytest
from isp_cfdi_services.pac import errors, finkok, soap
from isp_cfdi_services.pac.base import Credentials
from isp_cfdi_services.tfd import parse_tfd
from isp_cfdi_services.transport import Answer

from tests.simulators.pac.config import Config


@pytest.fixture
def kind():
    return finkok.FinkokAdapter


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """The pauses between two questions are short here."""
    monkeypatch.setattr(finkok, "PAUSES", (0.05, 0.05, 0.05))


@pytest.mark.parametrize("mode", ["307_empty", "307_twice"])
def test_s6_307_without_the_document_is_asked_for(pac, adapter, sealed, key, mode):
    sent = sealed()
    first = adapter.stamp(sent, key).xml
    pac.post("/_control/mode", {"mode": mode})
    answer = adapter.stamp(sent, key)
    assert answer.recovered and answer.xml == first


def test_307_whose_document_does_not_appear_stays_open(pac, adapter, sealed, key):
    sent = sealed()
    adapter.stamp(sent, key)
    pac.post("/_control/account", {"hidden": 600})
    pac.post("/_control/mode", {"mode": "307_empty"})
    with pytest.raises(errors.PacAlreadyStamped) as caught:
        adapter.stamp(sent, key)
    assert caught.value.xml is None and caught.value.raw


def test_603_is_final_only_after_a_minute(pac, adapter, sealed, key):
    sent = sealed()
    adapter.stamp(sent, key)
    pac.post("/_control/account", {"hidden": 600})
    with pytest.raises(errors.PacUnknownOutcome, match="603"):
        adapter.recover(sent, key, age=20.0)
    pac.post("/_control/account", {"hidden": 0})
    assert adapter.recover(sent, key, age=20.0).recovered
    with pytest.raises(errors.PacNotStamped):
        adapter.recover(sealed(), key, age=61.0)


def test_the_question_never_stamps_and_never_rejects(pac, adapter, sealed, key):
    before = len(pac.get("/_control/stamps"))
    with pytest.raises(errors.PacNotStamped):
        adapter.recover(sealed(), key)
    with pytest.raises(errors.PacUnknownOutcome, match="705"):
        adapter.recover(b"<broken", key)
    assert len(pac.get("/_control/stamps")) == before


def test_issuer_that_is_not_registered_is_no_reject():
    body = (
        '<E xmlns="x"><Body><r><stampResult><Incidencias><Incidencia><CodigoError>702'
        "</CodigoError><MensajeIncidencia>El RFC no está registrado</MensajeIncidencia>"
        "</Incidencia></Incidencias></stampResult></r></Body></E>"
    ).encode()
    result = finkok._result(Answer(200, body))
    row = soap.rows(result, "Incidencia")[0]
    failure = finkok._failure(soap.text(row, "CodigoError"), soap.text(row, "x"), body)
    assert isinstance(failure, errors.PacAuth)


def test_receipt_can_be_had_again(pac, adapter, sealed, key, presented):
    uuid = parse_tfd(adapter.stamp(sealed(), key).xml).uuid
    assert adapter.receipt("RTA190412AB9", uuid) == b""
    answer = presented(uuid)
    assert adapter.receipt("RTA190412AB9", uuid) == answer.acuse


def test_request_is_one_operation_in_its_namespace():
    sent = soap.body(soap.envelope(finkok.STAMP_NS, "stamp", {"username": "a&b", "xml": "eA=="}))
    assert sent.tag == f"{{{finkok.STAMP_NS}}}stamp"
    assert soap.text(sent, "username") == "a&b"


def test_paths_without_their_ending_are_served_too(pac, sealed, key, monkeypatch):
    monkeypatch.setattr(finkok, "STAMP_PATH", "/servicios/soap/stamp")
    adapter = finkok.FinkokAdapter(pac.url, Credentials(Config.user, Config.password))
    assert adapter.stamp(sealed(), key).xml
