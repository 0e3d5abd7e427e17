"""Company colours become readable ones in both schemes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_portal_services import accent

COLORS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def test_without_a_colour_the_default_stays():
    assert accent.build_palette(None) is None
    assert accent.build_palette("rebeccapurple") is None
    assert accent.palette_css("") == ""


@pytest.mark.parametrize(
    ("text", "color"),
    [(" #1F4BD8 ", "#1f4bd8"), ("#abc", "#aabbcc"), ("#12", None), ("red", None)],
)
def test_parse(text, color):
    assert accent.parse_hex(text) == color


def test_contrast_of_known_pairs():
    assert accent.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert accent.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_readable_colour_is_kept():
    assert accent.build_palette("#1f4bd8")["light"]["accent"] == "#1f4bd8"


def test_yellow_is_darkened_and_navy_lightened():
    palette = accent.build_palette("#ffdd00")
    assert accent.luminance(palette["light"]["accent"]) < accent.luminance("#ffdd00")
    palette = accent.build_palette("#000040")
    assert accent.luminance(palette["dark"]["accent"]) > accent.luminance("#000040")


@given(COLORS)
def test_every_pair_reaches_the_text_ratio(color):
    palette = accent.build_palette(color)
    for name, surfaces in (("light", accent.LIGHT_SURFACES), ("dark", accent.DARK_SURFACES)):
        scheme = palette[name]
        for place in (*surfaces, scheme["accent-soft"]):
            assert accent.contrast(scheme["accent"], place) >= accent.TEXT_RATIO
        assert accent.contrast(scheme["on-accent"], scheme["accent"]) >= accent.TEXT_RATIO
        assert accent.contrast(scheme["on-accent"], scheme["accent-hover"]) >= accent.TEXT_RATIO
        for text in ("#ffffff", "#c5cdf0"):
            assert accent.contrast(text, scheme["hero"]) >= accent.TEXT_RATIO


@given(COLORS)
def test_style_sheet_holds_only_colours(color):
    css = accent.palette_css(color)
    assert "<" not in css and "&" not in css and '"' not in css
    assert css.count(".o_isp{") == 2
    assert "@media screen{" in css and "prefers-color-scheme:dark" in css
