"""Card numbers in texts: found to be refused or hidden, never kept."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What people and addresses put between the groups of a number.
_GAP = r"[ +\-]|%20|%2[dD]"
# A run of 13 to 19 digits, perhaps in groups; cards begin with 2 to 6 (ISO/IEC 7812).
_RUN = re.compile(rf"(?<![0-9])[2-6](?:(?:{_GAP})?[0-9]){{12,18}}(?![0-9])")
_WORD = re.compile(r"[0-9A-Za-z_\-]*")
# Signed tokens and checksums are long words in which digits mean nothing.
_LONGEST_WORD = 30
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


def _runs(text: str) -> Iterable[re.Match[str]]:
    for run in _RUN.finditer(text):
        digits = re.sub(_GAP, "", run.group())
        if luhn_ok(digits) and not _in_long_word(text, run.start(), run.end()):
            yield run


def has_pan(text: str) -> bool:
    """Return whether a text holds what looks like the number of a card."""
    return any(True for _run in _runs(text))


def hide_pans(text: str) -> str:
    """Return the text with every number that looks like a card's replaced."""
    parts, last = [], 0
    for run in _runs(text):
        parts += [text[last : run.start()], HIDDEN]
        last = run.end()
    return "".join([*parts, text[last:]])
