import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services import search_text as words


@pytest.mark.parametrize(
    "phone",
    ["5512345678", "55 1234 5678", "+52 55 1234 5678", "+52 1 55 1234 5678", "(55) 1234-5678"],
)
def test_a_phone_is_found_however_it_is_written(phone):
    assert ["5512345678"] in words.query_forms(phone)
    assert words.phone_words(phone) == ["5512345678", "12345678", "2345678", "5678"]


def test_names_lose_accents_and_case():
    assert words.normalise("  JOSÉ  Ñandú, O'Higgins ") == "jose nandu o higgins"


def test_contract_numbers_are_found_with_and_without_prefix_and_zeros():
    assert words.number_words("RW-000123") == ["rw-000123", "000123", "123"]
    assert words.number_words(False) == []


def test_index_has_each_word_once():
    text = words.index_text(["Rosa Ibarra", "Rosa Ibarra"], ["000007", "10.20.3.4"], ["5512345678"])
    found = text.split()
    assert found[:2] == ["rosa", "ibarra"]
    assert len(found) == len(set(found))
    assert {"000007", "7", "10.20.3.4", "5512345678", "5678"} <= set(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.20.3.4", [["10.20.3.4"]]),
        ("10.20.30.", [["10.20.30."]]),
        ("rosa iba", [["rosa", "iba"]]),
        ("000123", [["000123"]]),
        ("2026-0001234", [["2026-0001234"], ["20260001234"]]),
        ("", []),
        (None, []),
    ],
)
def test_ways_to_read_a_question(text, expected):
    assert words.query_forms(text) == expected


def test_query_of_the_database():
    forms = [["o'b", "a\\"], ["5512345678"]]
    assert words.prefix_query(forms) == "('o''b':* & 'a\\\\':*) | ('5512345678':*)"


def test_addresses_are_checked():
    assert words.clean_address(" 10.20.3.4 ") == "10.20.3.4"
    assert words.clean_address("2001:DB8::1") == "2001:db8::1"
    assert words.clean_address("10.0.0.1/30") == "10.0.0.1/30"
    assert words.clean_address("") is None
    for wrong in ("10.20.3", "10.20.3.256", "router", "10.0.0.1/33"):
        with pytest.raises(ValueError, match="."):
            words.clean_address(wrong)


def test_reference_forms():
    assert words.reference_forms("1234 5678") == ["1234 5678", "12345678"]
    assert words.reference_forms("fv/2026/1") == ["fv/2026/1", "FV/2026/1"]
    assert words.reference_forms("  ") == []


@given(st.text(max_size=60))
def test_no_indexed_word_is_empty_or_has_a_space(text):
    for word in words.index_text([text], [text], [text]).split(" "):
        assert word == word.strip()
    assert all(word and " " not in word for form in words.query_forms(text) for word in form)


@given(st.text(min_size=1, max_size=20))
def test_every_name_is_found_by_its_own_words(text):
    indexed = words.index_text([text], [], []).split()
    assert all(word in indexed for word in words.normalise(text).split())
