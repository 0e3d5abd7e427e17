"""Reading, checking and refusing certificates."""

from __future__ import annotations

import datetime

import pytest
from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.csd import check_csd, load_certificate, load_csd
from isp_cfdi_services.csd_tools import make_pair
from isp_cfdi_services.errors import CsdError
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.verify import verify_seal
from isp_cfdi_services.xmlio import parse

from .factory import ISSUER_RFC, PASSWORD, csd, document, pair

NOW = datetime.datetime.now(datetime.UTC)


def codes(certificate, rfc=ISSUER_RFC, moment=NOW):
    return [code for code, _text in check_csd(certificate, rfc, moment)]


def test_generated_pair_has_the_form_of_a_csd():
    certificate = csd().certificate
    assert certificate.number == "30001000000599990001"
    assert certificate.rfc == ISSUER_RFC
    assert certificate.name == "RED TARASCA SA DE CV"
    assert codes(certificate) == []


@pytest.mark.parametrize("rfc", ["Ñ&A010101AA1", "RAMC900412QX3"])
def test_special_letters_and_natural_persons(rfc):
    assert load_certificate(make_pair(rfc, "EJEMPLO")[0]).rfc == rfc


def test_fiel_is_refused():
    cer, _key = make_pair(ISSUER_RFC, "RED TARASCA", fiel=True)
    assert codes(load_certificate(cer)) == ["not_csd"]


def test_dates_and_owner_are_checked():
    certificate = csd().certificate
    assert codes(certificate, "AAA010101AAA") == ["rfc"]
    assert codes(certificate, moment=NOW - datetime.timedelta(days=30)) == ["not_yet_valid"]
    assert codes(certificate, moment=NOW + datetime.timedelta(days=3000)) == ["expired"]


def test_wrong_password_tells_nothing_secret():
    cer, key = pair()
    with pytest.raises(CsdError) as caught:
        load_csd(cer, key, "wrong-secret")
    assert caught.value.code == "bad_key"
    assert "wrong-secret" not in str(caught.value)


def test_foreign_key_and_garbage_are_refused():
    cer, _key = pair()
    _cer, other = make_pair("AAA010101AAA", "OTRA", password=PASSWORD)
    with pytest.raises(CsdError) as caught:
        load_csd(cer, other, PASSWORD)
    assert caught.value.code == "mismatch"
    with pytest.raises(CsdError):
        load_certificate(b"not a certificate")


def test_key_never_shows():
    assert "key" not in repr(csd()).lower().replace("public_key", "")


def test_seal_is_repeatable_and_owned():
    xml = build_comprobante(document())
    first = seal(xml, csd())
    assert first == seal(xml, csd()) == seal(first, csd())
    root = parse(first)
    assert root.get("NoCertificado") == csd().certificate.number
    assert "\n" not in root.get("Certificado")
    cer, key = make_pair("AAA010101AAA", "OTRA", password=PASSWORD)
    with pytest.raises(CsdError):
        seal(xml, load_csd(cer, key, PASSWORD))


def test_another_certificate_number_breaks_the_seal():
    sealed = seal(build_comprobante(document()), csd())
    number = csd().certificate.number.encode()
    assert verify_seal(sealed)
    assert not verify_seal(sealed.replace(number, number[:-1] + b"7"))
