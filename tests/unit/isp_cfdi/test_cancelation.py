"""Cancelation documents: SAT's form, two ways to sign, verified by both."""

from __future__ import annotations

import base64
import hashlib
import sys
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from isp_cfdi_services import xmldsig
from isp_cfdi_services.cancelation import (
    AnswerRequest,
    CancelRequest,
    RelatedRequest,
    build_answer,
    build_cancelation,
    build_cancelations,
    build_related,
    sign_answer,
    sign_cancelation,
    sign_related,
)
from isp_cfdi_services.csd import Csd
from isp_cfdi_services.errors import CfdiError, CsdError
from isp_cfdi_services.xmlio import canonical, parse, serialise
from lxml import etree

from .factory import ISSUER_RFC, csd

DS = "{http://www.w3.org/2000/09/xmldsig#}"
ONE, TWO = "11111111-2222-3333-4444-000000000001", "11111111-2222-3333-4444-000000000002"
SUBSTITUTE = "00000000-0000-0000-0000-000000000001"
RFC, PAC = "LAN7008173R5", "CVD110412TF6"
REQUEST = CancelRequest(ISSUER_RFC, ONE, "01", "2026-11-22T12:00:00", SUBSTITUTE)
ANSWER = AnswerRequest(ISSUER_RFC, ONE, True, "2026-11-22T12:00:00", PAC)
RELATED = RelatedRequest(ISSUER_RFC, ONE, PAC)


def with_xmlsec(xml, key):
    module = xmldsig.xmlsec_module()
    if module is None:
        pytest.skip("xmlsec cannot be imported beside this lxml")
    return xmldsig.sign_with_xmlsec(xml, key, module)


WAYS = [xmldsig.sign_with_lxml, with_xmlsec]


def holds(xml):
    """Verify by hand: digest of the document without the signature, RSA-SHA1 of SignedInfo."""
    root = parse(xml)
    signature = root.find(f"{DS}Signature")
    info = parse(etree.tostring(signature.find(f"{DS}SignedInfo"), with_tail=False))
    der = base64.b64decode(signature.findtext(f".//{DS}X509Certificate"), validate=True)
    value = base64.b64decode(signature.findtext(f"{DS}SignatureValue"), validate=True)
    digest = signature.findtext(f".//{DS}DigestValue")
    root.remove(signature)
    computed = hashlib.sha1(canonical(parse(serialise(root)))).digest()
    key = x509.load_der_x509_certificate(der).public_key()
    try:
        key.verify(value, canonical(info), padding.PKCS1v15(), hashes.SHA1())
    except InvalidSignature:
        return False
    return base64.b64encode(computed).decode() == digest


def holds_for_xmlsec(xml):
    """Verify with the XML Security Library, against the certificate inside."""
    xmlsec = xmldsig.xmlsec_module()
    if xmlsec is None:
        pytest.skip("xmlsec cannot be imported beside this lxml")
    root = etree.fromstring(xml)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(csd().certificate.der, xmlsec.KeyFormat.CERT_DER)
    try:
        context.verify(root.find(f"{DS}Signature"))
    except xmlsec.Error:
        return False
    return True


@pytest.mark.parametrize("verify", [holds, holds_for_xmlsec])
@pytest.mark.parametrize("sign", WAYS)
@pytest.mark.parametrize(
    "xml", [build_cancelation(REQUEST), build_answer(ANSWER), build_related(RELATED)]
)
def test_signatures_verify_and_a_changed_document_does_not(xml, sign, verify):
    signed = sign(xml, csd())
    assert verify(signed)
    assert not verify(signed.replace(ONE.encode(), TWO.encode()))


@pytest.mark.parametrize("verify", [holds, holds_for_xmlsec])
@pytest.mark.parametrize("sign", WAYS)
def test_a_changed_motive_breaks_the_signature(sign, verify):
    signed = sign(build_cancelation(REQUEST), csd())
    assert not verify(signed.replace(b'Motivo="01"', b'Motivo="02"'))


@pytest.mark.parametrize("sign", WAYS)
def test_signature_has_sats_form(sign):
    signature = parse(sign(build_cancelation(REQUEST), csd())).find(f"{DS}Signature")
    algorithms = [node.get("Algorithm") for node in signature.iter() if node.get("Algorithm")]
    space = "http://www.w3.org/2000/09/xmldsig#"
    assert algorithms == [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        f"{space}rsa-sha1",
        f"{space}enveloped-signature",
        f"{space}sha1",
    ]
    assert signature.find(f".//{DS}Reference").get("URI") == ""
    data = signature.find(f"{DS}KeyInfo/{DS}X509Data")
    assert [etree.QName(node).localname for node in data] == ["X509IssuerSerial", "X509Certificate"]
    cert = x509.load_der_x509_certificate(csd().certificate.der)
    assert data.findtext(f".//{DS}X509SerialNumber") == str(cert.serial_number)
    assert "Citlali" not in data.findtext(f".//{DS}X509IssuerName")


@pytest.mark.parametrize("available", [True, False])
def test_host_without_xmlsec_signs_too(monkeypatch, available):
    if not available:
        monkeypatch.setattr(xmldsig, "xmlsec_module", lambda: None)
    signed = (sign_cancelation(REQUEST, csd()), sign_answer(ANSWER, csd()))
    assert all(map(holds, (*signed, sign_related(RELATED, csd()))))


def test_xmlsec_that_does_not_load_is_no_error(monkeypatch):
    """As beside an lxml that was built with another libxml2."""
    monkeypatch.setitem(sys.modules, "xmlsec", None)
    xmldsig.xmlsec_module.cache_clear()
    try:
        assert xmldsig.xmlsec_module() is None
        assert holds(sign_cancelation(REQUEST, csd()))
    finally:
        monkeypatch.undo()
        xmldsig.xmlsec_module.cache_clear()


def test_host_that_refuses_sha1_says_so():
    class Refusing:
        """A key under an OpenSSL policy without SHA-1."""

        def sign(self, *_arguments):
            raise UnsupportedAlgorithm("sha1 is not supported by this backend")

    with pytest.raises(CsdError) as caught:
        xmldsig.sign_with_lxml(build_cancelation(REQUEST), Csd(csd().certificate, Refusing()))
    assert caught.value.code == "sha1"


def test_special_letters_in_the_issuer_survive():
    key = csd("Ñ&A010101AA1")
    request = replace(REQUEST, rfc="Ñ&A010101AA1")
    for sign in WAYS:
        signed = sign(build_cancelation(request), key)
        assert holds(signed)
        assert parse(signed).get("RfcEmisor") == "Ñ&A010101AA1"


def same(ours, path):
    theirs = parse(path.read_bytes())
    for node in theirs.iter():
        node.text = (node.text or "").strip() or None
        node.tail = None
    return canonical(parse(ours)) == canonical(theirs)


def test_cancelation_equals_the_vector(vectors):
    fecha = "2022-01-13T14:15:16"
    requests = [
        CancelRequest(RFC, ONE, "01", fecha, SUBSTITUTE),
        CancelRequest(RFC, TWO, "02", fecha),
    ]
    path = vectors / "cfdi/xml-cancelacion/cancellation-document.xml"
    assert same(build_cancelations(requests), path)


def test_answer_equals_the_vector(vectors):
    request = AnswerRequest(RFC, ONE, True, "2019-01-13T14:15:16", PAC)
    path = vectors / "cfdi/xml-cancelacion/cancellation-answer-document.xml"
    assert same(build_answer(request), path)
    refused = parse(build_answer(replace(request, accepted=False)))
    assert refused.findtext("{*}Folios/{*}Respuesta") == "Rechazo"


def test_question_for_relations_equals_the_vector(vectors):
    request = RelatedRequest(RFC, ONE, PAC, issuer=False)
    path = vectors / "cfdi/xml-cancelacion/obtain-related-document.xml"
    assert same(build_related(request), path)


@pytest.mark.parametrize(("motive", "substitute"), [("05", ""), ("01", ""), ("02", SUBSTITUTE)])
def test_motive_and_substitute_fit_together(motive, substitute):
    with pytest.raises(CfdiError):
        build_cancelation(replace(REQUEST, motive=motive, substitute=substitute))


def test_without_a_substitute_the_attribute_is_left_out():
    xml = build_cancelation(replace(REQUEST, motive="02", substitute=""))
    assert b"FolioSustitucion" not in xml
