"""Stamping through the adapter: the good way, and every way it can go wrong."""

from __future__ import annotations

import base64
import datetime

import pytest
from isp_cfdi_services.csd import load_certificate, load_csd
from isp_cfdi_services.csd_tools import make_pair
from isp_cfdi_services.pac import base
from isp_cfdi_services.tfd import parse_tfd
from isp_cfdi_services.validator import validate
from isp_cfdi_services.verify import stamped_problems, verify_seal, verify_stamp

from tests.simulators.common import SimulatorProcess
from tests.simulators.pac.config import Config

RFC = "RTA190412AB9"


def count(pac):
    return len(pac.get("/_control/stamps"))


def rejected(adapter, xml, key):
    with pytest.raises(base.PacReject) as caught:
        adapter.stamp(xml, key)
    return caught.value.code


def test_stamped_document_is_ours_plus_a_genuine_stamp(pac, adapter, sealed, key):
    sent = sealed()
    answer = adapter.stamp(sent, key)
    certificate = load_certificate(base64.b64decode(pac.get("/_control/certificate")["der"]))
    assert stamped_problems(sent, answer.xml) == []
    assert verify_seal(answer.xml)
    assert verify_stamp(answer.xml, certificate)
    assert validate(answer.xml) == []
    assert not answer.recovered
    stored = pac.get(f"/_control/stamps/{parse_tfd(answer.xml).uuid}")
    assert stored["xml"].encode() == answer.xml


def test_same_bytes_and_key_give_the_first_document(pac, adapter, sealed, key):
    sent, before = sealed(), count(pac)
    first = adapter.stamp(sent, key)
    again = adapter.recover(sent, key)
    assert again.recovered
    assert again.xml == first.xml
    assert count(pac) == before + 1


def test_same_seal_under_another_key_is_one_document(pac, adapter, sealed, key):
    sent = sealed()
    first = adapter.stamp(sent, key)
    assert adapter.stamp(sent, key + "-b").xml == first.xml


def test_connection_dropped_after_stamping_is_recovered(pac, adapter, sealed, key):
    sent, before = sealed(), count(pac)
    pac.post("/_control/fault", {"kind": "drop", "path": "stamp"})
    with pytest.raises(base.PacUnknownOutcome):
        adapter.stamp(sent, key)
    assert count(pac) == before + 1
    answer = adapter.recover(sent, key)
    assert answer.recovered
    assert stamped_problems(sent, answer.xml) == []
    assert count(pac) == before + 1


def test_pac_checks_what_it_is_sent(pac, adapter, sealed, key):
    good, before = sealed(), count(pac)
    assert rejected(adapter, good.replace(b"Internet", b"Telefono"), key) == "302"
    assert rejected(adapter, good.replace(b'UsoCFDI="G03"', b'UsoCFDI="Z99"'), key) == "301"
    assert rejected(adapter, b"<broken", key) == "301"
    assert rejected(adapter, sealed(hours=1), key) == "401"
    assert rejected(adapter, sealed(hours=-73), key) == "401"
    assert count(pac) == before


def test_pac_checks_the_certificate(pac, adapter, sealed, key):
    fiel = make_pair(RFC, "RED TARASCA", password="x-test", fiel=True)
    assert rejected(adapter, sealed(signer=load_csd(*fiel, "x-test")), key) == "306"
    start = datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC)
    old = make_pair(RFC, "RED TARASCA", password="x-test", valid_from=start)
    assert rejected(adapter, sealed(signer=load_csd(*old, "x-test")), key) == "305"


def test_already_stamped_bytes_and_refused_receiver(pac, adapter, sealed, key, csd):
    stamped = adapter.stamp(sealed(), key).xml
    assert adapter.stamp(stamped, key).recovered
    pac.post("/_control/receiver", {"rfc": "RAMC900412QX3", "code": "CFDI40145"})
    assert rejected(adapter, sealed(), key + "x") == "CFDI40145"
    pac.post("/_control/receiver", {"rfc": "RAMC900412QX3"})
    assert adapter.stamp(sealed(), key + "y").xml


def test_clock_of_the_simulator_can_be_set(pac, adapter, sealed, key):
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=5)
    old = sealed(hours=-120.01)
    assert rejected(adapter, old, key) == "401"
    pac.post("/_control/clock", {"now": past.isoformat()})
    stamp = parse_tfd(adapter.stamp(old, key).xml)
    pac.post("/_control/reset")
    assert adapter.stamp(old, key).recovered, "an earlier stamp is found whatever its age"
    assert stamp.stamped_at[:10] <= past.date().isoformat()


def test_journal_survives_a_restart(tmp_path, kind, sealed, key):
    journal, sent = str(tmp_path / "journal.jsonl"), sealed()
    credentials = base.Credentials(Config.user, Config.password)
    with SimulatorProcess("pac", "--state", journal) as first:
        xml = kind(first.url, credentials).stamp(sent, key).xml
        number = first.get("/_control/certificate")
    with SimulatorProcess("pac", "--state", journal) as second:
        answer = kind(second.url, credentials).stamp(sent, key)
        assert second.get("/_control/certificate") == number
    assert answer.recovered
    assert answer.xml == xml
