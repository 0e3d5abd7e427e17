"""SAT's public test documents and certificates, kept beside the repository."""

from __future__ import annotations

from decimal import Decimal

import pytest
from isp_cfdi_services.csd import check_csd, load_certificate
from isp_cfdi_services.qr import qr_url
from isp_cfdi_services.tfd import parse_tfd, summary
from isp_cfdi_services.validator import validate
from isp_cfdi_services.verify import stamped_problems, verify_seal, verify_stamp, without_stamp
from isp_cfdi_services.xmlio import parse, serialise

UUID = "6F35D3B5-3651-5370-BC2C-14CDBE384CD7"


@pytest.fixture(scope="module")
def cfdiutils(vectors):
    return vectors / "cfdi" / "cfdiutils"


@pytest.fixture(scope="module")
def stamped(cfdiutils):
    return (cfdiutils / "cfdi40-valid.xml").read_bytes()


@pytest.fixture(scope="module")
def pac(cfdiutils):
    return load_certificate((cfdiutils / "certs/30001000000500003456.cer").read_bytes())


def test_stamped_document_passes_schema_and_rules(stamped):
    assert validate(stamped) == []


def test_seals_of_issuer_and_sat_verify(stamped, pac):
    assert verify_seal(stamped)
    assert verify_stamp(stamped, pac)


def test_a_cent_breaks_the_issuers_seal_but_not_sats(stamped, pac):
    changed = stamped.replace(b'Total="3327.01"', b'Total="3327.02"')
    assert changed != stamped
    assert not verify_seal(changed)
    assert verify_stamp(changed, pac)


def test_stamp_and_summary_are_read(stamped):
    stamp = parse_tfd(stamped)
    assert stamp.uuid == UUID
    assert stamp.sat_certificate == "30001000000500003456"
    assert stamp.cadena.startswith(f"||1.1|{UUID}|")
    facts = summary(stamped)
    assert (facts.issuer_rfc, facts.receiver_rfc) == ("EKU9003173C9", "MCI7306249Y1")
    assert facts.total == Decimal("3327.01")


def test_o16_qr_is_read_from_the_stored_document(stamped):
    assert qr_url(stamped).endswith(
        f"?id={UUID}&re=EKU9003173C9&rr=MCI7306249Y1&tt=3327.01&fe=KklI5Q=="
    )


def test_s8_stamped_document_equals_itself_without_the_stamp(stamped):
    sent = serialise(without_stamp(parse(stamped)))
    assert parse_tfd(sent) is None
    assert stamped_problems(sent, stamped) == []
    assert stamped_problems(sent.replace(b'Folio="', b'Folio="9'), sent)


def test_sats_test_csd_is_read(cfdiutils):
    certificate = load_certificate((cfdiutils / "certs/EKU9003173C9.cer").read_bytes())
    assert certificate.number == "30001000000500003416"
    assert certificate.rfc == "EKU9003173C9"
    assert certificate.is_csd
    inside = certificate.valid_from.replace(year=2025)
    assert check_csd(certificate, "EKU9003173C9", inside) == []
    after = certificate.valid_to.replace(year=2028)
    assert [code for code, _text in check_csd(certificate, "AAA010101AAA", after)] == [
        "rfc",
        "expired",
    ]
