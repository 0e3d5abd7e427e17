"""Text of the consent: its places, and the fingerprints of the evidence."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.consent import (
    PLACES,
    evidence_hash,
    fill,
    missing_places,
    text_hash,
    unknown_places,
)

FACTS = st.fixed_dictionaries({name: st.text(max_size=20) for name in PLACES})


def test_fill():
    text = "{company} charges {amount} on day {day}."
    facts = {"company": "Red", "amount": "$349.00", "day": "21"}
    assert fill(text, facts) == "Red charges $349.00 on day 21."


@given(FACTS)
def test_facts_are_never_read_as_places(facts):
    text = "|".join(f"{{{name}}}" for name in PLACES)
    assert fill(text, facts) == "|".join(facts[name] for name in PLACES)


def test_only_places_are_evaluated():
    for text in ("{0}", "{amount.__class__}", "{amount!r}", "{", "}", "{ amount }", "%(amount)s"):
        assert fill(text, {"amount": "x"}) == text


def test_a_place_without_fact():
    with pytest.raises(KeyError):
        fill("{password}", {"amount": "x"})


def test_checks():
    assert unknown_places("{amount} {iban}") == {"iban"}
    assert missing_places("{amount} {cap} {day} {notice_days}") == set()
    assert missing_places("{amount}") == {"cap", "day", "notice_days"}


def test_text_hash_is_sha256_of_utf8():
    assert (
        text_hash("Autorizo cargos día 21")
        == hashlib.sha256("Autorizo cargos día 21".encode()).hexdigest()
    )


EVIDENCE = st.dictionaries(
    st.text(max_size=8), st.none() | st.integers() | st.text(max_size=20), max_size=8
)


@given(EVIDENCE)
def test_order_does_not_matter(facts):
    turned = dict(reversed(facts.items()))
    assert evidence_hash(turned) == evidence_hash(facts)


@given(EVIDENCE, st.text(min_size=1, max_size=8), st.text(max_size=20))
def test_every_change_shows(facts, name, value):
    changed = {**facts, name: f"{facts.get(name, '')}{value}!"}
    assert evidence_hash(changed) != evidence_hash(facts)
    assert len(evidence_hash(facts)) == 64
