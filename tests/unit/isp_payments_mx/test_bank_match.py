"""Whose money it is, and whether it was there before."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.bank_csv import Movement
from isp_payments_mx_services.bank_match import (
    CONFIDENCE,
    Candidate,
    months_for,
    name_kind,
    propose,
)
from isp_payments_mx_services.bank_text import (
    digit_runs,
    movement_hashes,
    name_share,
    plain,
    tokens,
)

DIGITS_20 = st.text("0123456789", min_size=20, max_size=20)
NOISE = st.text("abc ./:", max_size=10)
OWED = Decimal("349.00")


def _movement(row=1, **values):
    fields = {"day": date(2026, 1, 21), "amount": OWED, "description": "DEPOSITO"}
    return Movement(row=row, raw="", **{**fields, **values})


@given(NOISE, DIGITS_20, NOISE)
def test_reference_is_found_whole_and_in_groups(before, digits, after):
    grouped = " ".join(digits[start : start + 4] for start in range(0, 20, 4))
    for printed in (digits, grouped, grouped.replace(" ", "-")):
        assert digits in digit_runs(f"{before}{printed}{after}", 20)


@given(DIGITS_20, st.text("0123456789", min_size=1, max_size=4))
def test_longer_numbers_are_other_numbers(digits, more):
    assert digit_runs(digits + more, 20) == set()
    assert digit_runs(digits, 16) == set()


def test_grouped_digits_inside_a_longer_group():
    assert digit_runs("1111 2222 3333 4444 5555", 16) == set()
    assert digit_runs("1111 2222 3333 4444 5555", 20) == {"11112222333344445555"}


@pytest.mark.parametrize(
    "text", ["pago RW-000123 enero", "RW000123", "rw 000123", "(RW-000123)", "x RW_000123"]
)
def test_contract_number_in_a_text(text):
    assert {"RW000123", "RW-000123"} <= tokens(text)


def test_tokens_have_a_digit_and_four_signs():
    assert tokens("PAGO DE INTERNET 123", None, "") == set()
    assert "INV/2026/00007" in tokens("Factura INV/2026/00007.")


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("Rosa Elena Ibarra", "SPEI RECIBIDO ROSA ELENA IBARRA", "payer"),
        ("Rosa Elena Ibarra", "ROSA ELENA IBAR", "payer"),
        ("Peña Nieto, José", "JOSE PENA NIETO", "payer"),
        ("Rosa Elena Ibarra", "ELENA IBARRA", "part"),
        ("Rosa Elena Ibarra", "ROSA PEREZ", None),
        ("Rosa", "ROSA", None),
        ("Redes de la Costa SA de CV", "REDES COSTA", "payer"),
        ("", "ROSA ELENA", None),
    ],
)
def test_names(name, text, kind):
    assert name_kind(name_share(name, text)) == kind


@given(st.text(max_size=40))
def test_plain_is_stable(text):
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize("kind", CONFIDENCE)
def test_expected_amount_counts(kind):
    found = propose(OWED, [Candidate(7, kind, [OWED])])
    assert (found.key, found.confidence, found.fits) == (7, CONFIDENCE[kind][0], True)
    other = propose(Decimal(1), [Candidate(7, kind, [OWED])])
    assert (other.confidence if other else 0) == CONFIDENCE[kind][1]


def test_two_equally_good_ones_are_none():
    two = [Candidate(1, "payer", [OWED]), Candidate(2, "payer", [OWED])]
    assert propose(OWED, two) is None
    assert propose(OWED, [*two, Candidate(2, "contract", [OWED])]).key == 2
    assert propose(OWED, []) is None


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(sorted(CONFIDENCE)), st.booleans()),
        max_size=8,
    ),
    st.randoms(),
)
def test_order_of_the_candidates_does_not_matter(rows, random):
    candidates = [Candidate(key, kind, [OWED] if fits else []) for key, kind, fits in rows]
    found = propose(OWED, candidates)
    random.shuffle(candidates)
    again = propose(OWED, candidates)
    assert (found is None) == (again is None)
    assert found is None or (found.key, found.confidence) == (again.key, again.confidence)


def test_months():
    totals = [Decimal(0), OWED, OWED * 2]
    assert months_for(OWED * 2, totals) == 2
    assert months_for(Decimal(0), totals) == 0
    assert months_for(Decimal(5), totals) == 0


# === THE SAME MOVEMENT AGAIN === #


@given(st.lists(st.sampled_from(["A", "B"]), max_size=10), st.integers(0, 10))
def test_a_file_that_ends_later_knows_the_first_ones(texts, cut):
    movements = [_movement(description=text) for text in texts]
    hashes = movement_hashes(movements)
    assert len(set(hashes)) == len(hashes), "twins are told apart"
    assert movement_hashes(movements[:cut]) == hashes[:cut]


def test_spaces_and_case_are_no_difference_but_the_balance_is():
    first = movement_hashes([_movement(description="Depósito  en efectivo", row=1)])
    again = movement_hashes([_movement(description="DEPOSITO EN EFECTIVO", row=9)])
    assert first == again
    other = movement_hashes([_movement(description="DEPOSITO EN EFECTIVO", balance=OWED)])
    assert other != first
