"""Amounts in Spanish words, as Mexican invoices print them."""

from __future__ import annotations

from decimal import Decimal

from .rounding import half_up

_UNIT_WORDS = (
    "cero un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
    "quince dieciséis diecisiete dieciocho diecinueve veinte veintiún veintidós veintitrés "
    "veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
)
_TEN_WORDS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa"
_HUNDRED_WORDS = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos "
    "ochocientos novecientos"
)
_UNITS, _TENS = _UNIT_WORDS.split(), _TEN_WORDS.split()
_HUNDREDS = _HUNDRED_WORDS.split()


def _below_thousand(number: int) -> str:
    if number == 100:
        return "cien"
    words = []
    if number > 100:
        words.append(_HUNDREDS[number // 100 - 1])
        number %= 100
    if number >= 30:
        words.append(_TENS[number // 10 - 3])
        if number % 10:
            words += ["y", _UNITS[number % 10]]
    elif number:
        words.append(_UNITS[number])
    return " ".join(words)


def integer_in_words(number: int) -> str:
    """0 to 999,999,999,999 in words, apocopated before a noun: ``veintiún``."""
    if number == 0:
        return "cero"
    words = []
    millions, rest = divmod(number, 1_000_000)
    if millions:
        words.append("un millón" if millions == 1 else f"{integer_in_words(millions)} millones")
    thousands, units = divmod(rest, 1000)
    if thousands:
        words.append("mil" if thousands == 1 else f"{_below_thousand(thousands)} mil")
    if units:
        words.append(_below_thousand(units))
    return " ".join(words)


def amount_in_words(amount: Decimal | str, currency: str = "MXN") -> str:
    """``349.00`` -> ``TRESCIENTOS CUARENTA Y NUEVE PESOS 00/100 M.N.``"""
    value = half_up(amount, 2)
    whole = int(value)
    cents = int((value - whole) * 100)
    text = integer_in_words(whole)
    if currency == "MXN":
        noun = "peso" if whole == 1 else "pesos"
        link = " de" if whole >= 1_000_000 and whole % 1_000_000 == 0 else ""
        return f"{text}{link} {noun} {cents:02d}/100 M.N.".upper()
    return f"{text} {cents:02d}/100 {currency}".upper()
