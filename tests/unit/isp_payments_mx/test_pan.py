"""Card numbers in texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.pan import HIDDEN, has_pan, hide_pans, json_has_pan, luhn_ok

VISA = "4111111111111111"
CARDS = [VISA, "5555555555554444", "343434343434343", "2223000048400011", "4222222222222"]


def with_check_digit(body):
    return next(body + str(digit) for digit in range(10) if luhn_ok(body + str(digit)))


numbers = st.builds(
    lambda first, rest: with_check_digit(first + rest),
    st.sampled_from("23456"),
    st.text("0123456789", min_size=11, max_size=17),
)


@pytest.mark.parametrize("number", CARDS)
@pytest.mark.parametrize("frame", ["{}", "a={}&b=1", '{{"n": "{}"}}', "my card is {}.", "x{}y"])
def test_found(number, frame):
    text = frame.format(number)
    assert has_pan(text)
    assert hide_pans(text) == frame.format(HIDDEN)


@pytest.mark.parametrize(
    "text", ["4111 1111 1111 1111", "4111-1111-1111-1111", "4111%201111+1111%2d1111"]
)
def test_found_in_groups(text):
    assert hide_pans(f"<{text}>") == f"<{HIDDEN}>"


@pytest.mark.parametrize("sign", [".", "/", "_", "  ", " - ", "\u00a0", "\u2013", "%2F"])
def test_found_with_other_signs_between_its_groups(sign):
    for groups in (["4111"] + ["1111"] * 3, ["3434", "343434", "34343"]):
        assert hide_pans(f"<{sign.join(groups)}>") == f"<{HIDDEN}>"


def test_found_in_other_digits_and_escapes():
    wide = VISA.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    assert hide_pans(f"¡{wide}!") == f"¡{HIDDEN}!"
    escaped = "".join(f"\\u{ord(char):04x}" for char in VISA)
    assert not has_pan(escaped)
    for body in ('{"a": [{"b": "%s"}]}', '{"%s": 1}', '"%s"'):
        assert json_has_pan(body % escaped)
    assert json_has_pan(f'{{"n": {VISA}}}')
    assert not json_has_pan('{"a": [1, null, true, "4435550142"], "b": {}}')
    assert not json_has_pan("no JSON")


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # no check digit
        "411111XXXXXX1111",  # masked
        "4435550142",  # telephone
        "1010101574043722",  # Paynet
        "012914002014112176",  # CLABE
        "20983435133818386296",  # SPEI
        "4" * 24,
        "2026-01-21 1047.00 2026/01/22",  # days and amounts
        "348.99999999999994",
        "",
    ],
)
def test_not_found(text):
    assert not has_pan(text)
    assert hide_pans(text) == text


def test_tokens_are_no_cards():
    token = "9f" * 14 + VISA + "ab" * 14
    assert not has_pan(f"access_token={token}")
    assert hide_pans(token) == token
    assert not has_pan("access_token=d290f1ee-6c54-4b01-9411-111111111111")  # a UUID


@given(numbers)
def test_every_number_is_found(number):
    assert has_pan(f"card: {number}")
    assert number not in hide_pans(f"card: {number}")


@given(st.text())
def test_what_is_left_has_none(text):
    assert not has_pan(hide_pans(text))


@given(st.lists(st.one_of(numbers, st.text("abc .,0123456789", max_size=12)), max_size=6))
def test_several(parts):
    hidden = hide_pans(" | ".join(parts))
    assert not has_pan(hidden)
