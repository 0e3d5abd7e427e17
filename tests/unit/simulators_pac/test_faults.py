"""Everything that can go wrong between a PAC and us; both PACs pass the same tests."""

from __future__ import annotations

import pytest
from isp_cfdi_services.pac import base, errors
from isp_cfdi_services.tfd import parse_tfd
from isp_cfdi_services.verify import stamped_problems

#: strange answers, and how many stamps there are when they arrive
STRANGE = {
    "before_empty": 0,
    "before_html": 0,
    "empty": 1,
    "html": 1,
    "success_without_document": 1,
    "twice": 1,
    "uncontrolled": 0,
}


def count(pac):
    return len(pac.get("/_control/stamps"))


@pytest.mark.parametrize("mode", STRANGE)
def test_s6_unreadable_answers_are_unknown_outcomes(pac, adapter, sealed, key, settle, mode):
    sent, before = sealed(), count(pac)
    pac.post("/_control/mode", {"mode": mode})
    with pytest.raises(errors.PacUnknownOutcome) as caught:
        adapter.stamp(sent, key)
    assert count(pac) == before + STRANGE[mode]
    assert mode.endswith("empty") or caught.value.raw, "what came is kept"
    assert stamped_problems(sent, settle(sent, key).xml) == []
    assert count(pac) == before + 1


@pytest.mark.parametrize("mode", ["html", "empty", "uncontrolled"])
def test_s6_an_unreadable_answer_to_the_question_is_unknown_too(pac, adapter, sealed, key, mode):
    sent = sealed()
    adapter.stamp(sent, key)
    before = count(pac)
    pac.post("/_control/mode", {"mode": f"before_{mode}" if mode != "uncontrolled" else mode})
    with pytest.raises(errors.PacUnknownOutcome):
        adapter.recover(sent, key)
    assert count(pac) == before


@pytest.mark.parametrize("mode", ["warnings", "no_incidents"])
def test_s6_success_with_warnings_or_without_incidents(pac, adapter, sealed, key, mode):
    pac.post("/_control/mode", {"mode": mode})
    sent = sealed()
    answer = adapter.stamp(sent, key)
    assert (stamped_problems(sent, answer.xml), answer.recovered) == ([], False)


@pytest.mark.parametrize("mode", ["another", "changed"])
def test_another_document_in_the_answer_is_seen(pac, adapter, sealed, key, mode):
    adapter.stamp(sealed(), f"{key}-0")
    pac.post("/_control/mode", {"mode": mode})
    sent = sealed()
    assert stamped_problems(sent, adapter.stamp(sent, key).xml)


@pytest.mark.parametrize(
    ("fault", "stamps"),
    [
        ({"kind": "drop"}, 1),
        ({"kind": "refuse"}, 0),
        ({"kind": "refuse", "seconds": 2.5}, 0),
        ({"kind": "slow_answer", "seconds": 2.5}, 1),
        ({"kind": "error", "status": 503}, 0),
        ({"kind": "error_after", "status": 502, "body": "<html/>"}, 1),
    ],
)
def test_lost_and_late_answers_are_settled(pac, adapter, sealed, key, settle, fault, stamps):
    sent, before = sealed(), count(pac)
    pac.post("/_control/fault", {"path": "stamp", **fault})
    with pytest.raises(errors.PacUnknownOutcome):
        adapter.stamp(sent, key)
    assert count(pac) == before + stamps
    assert parse_tfd(settle(sent, key).xml).uuid
    assert count(pac) == before + 1


def test_a_late_answer_arrives_after_we_asked(pac, adapter, sealed, key, settle):
    """The PAC stamps after we gave up: what is sent again meets the same stamp."""
    sent, before = sealed(), count(pac)
    pac.post("/_control/fault", {"path": "stamp", "kind": "delay", "seconds": 2.3})
    with pytest.raises(errors.PacUnknownOutcome):
        adapter.stamp(sent, key)
    first = settle(sent, key).xml
    again = settle(sent, key)
    assert again.recovered and again.xml == first
    assert count(pac) == before + 1


def test_nobody_there_means_nothing_sent(kind, sealed, key):
    lonely = kind("http://127.0.0.1:9", base.Credentials(token="x"))
    for call in (lonely.stamp, lonely.recover):
        with pytest.raises(errors.PacTransient):
            call(sealed(), key)


def test_wrong_login_and_no_credit(pac, kind, adapter, sealed, key):
    wrong = kind(pac.url, base.Credentials("who", "no-secret"))
    for call in (lambda: wrong.stamp(sealed(), key), wrong.ping):
        with pytest.raises(errors.PacAuth) as caught:
            call()
        assert "no-secret" not in f"{caught.value} {caught.value.raw!r}"
    adapter.ping()
    pac.post("/_control/account", {"credits": 0})
    with pytest.raises(errors.PacNoCredit):
        adapter.stamp(sealed(), key)


def test_ping_tells_when_nobody_answers(pac, kind, adapter):
    lonely = kind("http://127.0.0.1:9", base.Credentials("x", "y"))
    with pytest.raises(errors.PacTransient):
        lonely.ping()
    before = count(pac)
    adapter.ping()
    assert count(pac) == before


@pytest.mark.parametrize("code", ["302", "308", "401", "CFDI40145", "CRP20203", "705"])
def test_known_codes_are_a_definite_no(code):
    assert base.is_reject(code)


@pytest.mark.parametrize("code", ["307", "708", "CO1000", "CFDI3307", "", "999", "AU2000", "40"])
def test_other_codes_are_never_a_definite_no(code):
    assert not base.is_reject(code)
