import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.barcode_svg import code128_svg, code128_values, qr_svg

printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)


def decode(values):
    """Read symbol values back to text, as a scanner does."""
    *symbols, check, stop = values
    assert stop == 106
    assert (symbols[0] + sum(i * v for i, v in enumerate(symbols[1:], 1))) % 103 == check
    in_c, text = symbols[0] == 105, ""
    for value in symbols[1:]:
        if value == 99 and not in_c:
            in_c = True
        elif value == 100 and in_c:
            in_c = False
        else:
            text += f"{value:02d}" if in_c else chr(value + 32)
    return text


@given(text=printable)
def test_any_printable_text_can_be_read_back(text):
    assert decode(code128_values(text)) == text


@given(number=st.from_regex(r"\A[0-9]{16}\Z"))
def test_sixteen_digits_need_eight_data_symbols(number):
    values = code128_values(number)
    assert len(values) == 1 + 8 + 2
    assert decode(values) == number


@pytest.mark.parametrize("text", ["", "ñ", "a\nb"])
def test_unsuitable_text_is_refused(text):
    with pytest.raises(ValueError, match="ASCII"):
        code128_values(text)


def test_bars_have_quiet_zones_and_full_width():
    svg = code128_svg("AB", height=50)
    root = ElementTree.fromstring(svg)
    bars = [tuple(map(int, m)) for m in re.findall(r"M(\d+) 0h(\d+)v50", svg)]
    # start + 2 data + check + stop: 4 symbols of 11 modules and one of 13, plus the zones.
    assert int(root.get("width")) == 4 * 11 + 13 + 20
    assert bars[0][0] == 10
    assert bars[-1][0] + bars[-1][1] == 4 * 11 + 13 + 10


def test_qr_is_square_and_labelled():
    root = ElementTree.fromstring(qr_svg('https://example.com/?a=1&b="2"'))
    assert root.get("width") == root.get("height")
    assert root.get("aria-label") == 'https://example.com/?a=1&b="2"'


def test_too_much_text_is_refused():
    with pytest.raises(ValueError, match="too long"):
        qr_svg("x" * 5000)
