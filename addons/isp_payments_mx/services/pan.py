"""Card numbers in texts: found to be refused or hidden, never kept."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

# What people and addresses put between the digits of a number.
_GAP = r"[ +\-]|%20|%2[dD]"
# Between the groups that are printed on a card: also other signs, three of them at most.
_BREAK = r"(?:[\s\u2010-\u2015\u2212+._/\-]|%20|%2[dDeEfF]){1,3}"
# A run of 13 to 19 digits, perhaps in groups; cards begin with 2 to 6 (ISO/IEC 7812).
_RUN = re.compile(
    rf"(?<![0-9])[2-6](?:(?:(?:{_GAP})?[0-9]){{12,18}}"
    rf"|[0-9]{{3}}(?:{_BREAK}[0-9]{{4}}){{2,3}}(?:{_BREAK}[0-9]{{1,4}})?"
    rf"|[0-9]{{3}}{_BREAK}[0-9]{{6}}{_BREAK}[0-9]{{4,5}})(?![0-9])"
)
_SIGNS = re.compile(rf"{_BREAK}")
_WORD = re.compile(r"[0-9A-Za-z_\-]*")
# Signed tokens and checksums are long words in which digits mean nothing.
_LONGEST_WORD = 30
SHORTEST = 13
HIDDEN = "[card number]"


def luhn_ok(digits: str) -> bool:
    """Return whether the last digit is the Luhn check digit of the others."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        digit = int(char)
        if index % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0


def _in_long_word(text: str, start: int, end: int) -> bool:
    """Whether a run of digits is only a part of a token."""
    head = _WORD.match(text[max(0, start - _LONGEST_WORD) : start][::-1])
    tail = _WORD.match(text[end : end + _LONGEST_WORD])
    length = len(head.group() if head else "") + len(tail.group() if tail else "")
    return length + end - start > _LONGEST_WORD


def _ascii_digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def _runs(text: str) -> Iterable[re.Match[str]]:
    """Find card numbers; digits of every script count, places are those of ``text``."""
    if not text.isascii():
        text = "".join(map(_ascii_digit, text))
    for run in _RUN.finditer(text):
        digits = _SIGNS.sub("", run.group())
        if (
            len(digits) >= SHORTEST
            and luhn_ok(digits)
            and not _in_long_word(text, run.start(), run.end())
        ):
            yield run


def has_pan(text: str) -> bool:
    """Return whether a text holds what looks like the number of a card."""
    return any(True for _run in _runs(text))


def json_has_pan(text: str) -> bool:
    """Return whether a JSON text holds such a number, also one written with escapes."""
    if has_pan(text):
        return True
    try:
        return _value_has_pan(json.loads(text))
    except (ValueError, RecursionError):
        return False  # nobody can read it, so nobody keeps it


def _value_has_pan(value: Any) -> bool:
    if isinstance(value, str):
        return has_pan(value)
    if isinstance(value, dict):
        return any(map(_value_has_pan, (*value.keys(), *value.values())))
    return isinstance(value, list) and any(map(_value_has_pan, value))


def hide_pans(text: str) -> str:
    """Return the text with every number that looks like a card's replaced."""
    parts, last = [], 0
    for run in _runs(text):
        parts += [text[last : run.start()], HIDDEN]
        last = run.end()
    return "".join([*parts, text[last:]])
