"""Colours of the portal from the company's primary colour, always readable (WCAG 2.2 AA).

Colours are ``#rrggbb``. Contrast ratios follow the relative luminance of WCAG.
"""

from __future__ import annotations

import re

WHITE = "#ffffff"
INK = "#14161b"
DARK_INK = "#0a1230"
LIGHT_SURFACES = ("#ffffff", "#f6f5f1")
DARK_SURFACES = ("#17191f", "#0e1014")
DARK_BASE = "#0b1020"
TEXT_RATIO = 4.5
_HEX = re.compile(r"^#(?:[0-9a-f]{3}|[0-9a-f]{6})$")


def parse_hex(color: str | None) -> str | None:
    """Return ``#rrggbb`` in lower case, or None when it is not a hexadecimal colour."""
    value = (color or "").strip().lower()
    if not _HEX.match(value):
        return None
    if len(value) == 4:
        value = "#" + "".join(char * 2 for char in value[1:])
    return value


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """Return ``share`` (0 to 1) of ``first`` over ``second``, in sRGB."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def luminance(color: str) -> float:
    """Return the relative luminance, 0 (black) to 1 (white)."""

    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _readable(color: str, surfaces: tuple[str, ...], towards: str) -> str:
    """Move ``color`` towards black or white until its text reads on every surface."""
    for step in range(101):
        candidate = mix(towards, color, step / 100)
        soft = [mix(candidate, surface, 0.10) for surface in surfaces[:1]]
        if all(contrast(candidate, place) >= TEXT_RATIO for place in (*surfaces, *soft)):
            return candidate
    return towards


def _scheme(accent: str, surface: str, hover: str, on_dark: bool) -> dict[str, str]:
    ink = DARK_INK if on_dark else INK
    on_accent = WHITE if contrast(WHITE, accent) >= TEXT_RATIO else ink
    return {
        "accent": accent,
        "accent-hover": hover,
        "accent-soft": mix(accent, surface, 0.18 if on_dark else 0.10),
        "on-accent": on_accent,
        "focus": accent,
    }


def build_palette(primary: str | None) -> dict[str, dict[str, str]] | None:
    """Return the custom properties of both schemes, or None to keep the default blue.

    The accent is text (links) as well as background (buttons), so it is darkened until it reads
    on the page and on its own soft background; the dark scheme gets a lightened sister.
    """
    color = parse_hex(primary)
    if color is None:
        return None
    light = _readable(color, LIGHT_SURFACES, "#000000")
    hero = mix(color, DARK_BASE, 0.35)
    while contrast(hero, "#c5cdf0") < TEXT_RATIO:
        hero = mix(hero, "#000000", 0.85)
    dark = _readable(color, DARK_SURFACES, WHITE)
    while contrast(dark, mix(dark, DARK_SURFACES[0], 0.18)) < TEXT_RATIO:
        dark = mix(WHITE, dark, 0.05)
    return {
        "light": {
            **_scheme(light, LIGHT_SURFACES[0], mix("#000000", light, 0.2), False),
            "hero": hero,
        },
        "dark": {
            **_scheme(dark, DARK_SURFACES[0], mix(WHITE, dark, 0.3), True),
            "hero": mix(color, DARK_BASE, 0.28),
        },
    }


def palette_css(primary: str | None) -> str:
    """Return the style sheet of the company, empty when the default colours stay.

    Only for the screen: paper is black on white whatever the company's colour.
    """
    palette = build_palette(primary)
    if palette is None:
        return ""

    def block(values: dict[str, str]) -> str:
        return "".join(f"--isp-{name}:{value};" for name, value in values.items())

    return (
        f"@media screen{{.o_isp{{{block(palette['light'])}}}}}"
        f"@media screen and (prefers-color-scheme:dark){{.o_isp{{{block(palette['dark'])}}}}}"
    )
