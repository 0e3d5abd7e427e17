"""Words, references and names in the texts of a bank; what makes a movement the same again.

Pure, no database.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Protocol

SPEI_DIGITS = 20
PAYNET_DIGITS = 16
#: Words of names that say nothing about whose name it is.
SMALL_WORDS = {"de", "la", "las", "los", "del", "y", "sa", "cv", "sc", "rl", "srl", "sapi", "mx"}
SHORTEST_TOKEN = 4


class Printed(Protocol):
    """What the identity of a movement is made of."""

    day: date
    amount: Decimal
    description: str
    reference: str
    tracking: str
    balance: Decimal | None


def plain(text: str | None) -> str:
    """Return ``text`` in lower case without accents, words separated by one space."""
    folded = unicodedata.normalize("NFKD", text or "").casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]+", " ", letters).split())


def digit_runs(text: str | None, length: int) -> set[str]:
    """Return the numbers of exactly ``length`` digits, also printed in groups of four."""
    text = text or ""
    found = set(re.findall(rf"(?<!\d)\d{{{length}}}(?!\d)", text, re.A))
    groups = length // 4
    pattern = (
        rf"(?<!\d)(?<!\d{{4}}[ -])\d{{4}}(?:[ -]\d{{4}}){{{groups - 1}}}(?!\d)(?![ -]\d{{4}}(?!\d))"
    )
    for match in re.findall(pattern, text, re.A):
        found.add(re.sub(r"\D", "", match))
    return found


def tokens(*texts: str | None) -> set[str]:
    """Return the words that may be a contract, an invoice or a reference, in upper case.

    "RW-000123", "RW000123" and "RW 000123" each give the first two.
    """
    found = set()
    for text in texts:
        words = re.findall(r"[A-Z0-9][A-Z0-9/_-]*[A-Z0-9]", (text or "").upper(), re.A)
        for word in words:
            found |= {word, re.sub(r"[-_]", "", word)}
            found.add(re.sub(r"^([A-Z]{1,6})_?(\d+)$", r"\1-\2", word))
        for first, second in zip(words, words[1:], strict=False):
            if first.isalpha() and second.isdigit() and len(first) <= 6:
                found |= {first + second, f"{first}-{second}"}
    return {word for word in found if len(word) >= SHORTEST_TOKEN and re.search(r"\d", word)}


def name_words(name: str | None) -> list[str]:
    """Return the words of a name that tell people apart."""
    return [word for word in plain(name).split() if len(word) > 1 and word not in SMALL_WORDS]


def name_share(name: str | None, text: str | None) -> float:
    """Return which part of the words of ``name`` is in ``text``, 0 to 1.

    Banks cut names off: "ROSA ELENA IBAR" has all three of "Rosa Elena Ibarra". One word in common
    is nobody's name.
    """
    wanted, there = name_words(name), name_words(text)
    hits = sum(1 for word in wanted if any(_same_word(word, other) for other in there))
    return hits / len(wanted) if hits >= 2 else 0.0


def _same_word(word: str, other: str) -> bool:
    shorter = min(len(word), len(other))
    return word == other or (shorter >= 4 and word[:shorter] == other[:shorter])


def file_hash(content: bytes) -> str:
    """Return the identity of a file."""
    return hashlib.sha256(content).hexdigest()


def movement_hashes(movements: Iterable[Printed]) -> list[str]:
    """Return the identity of each movement, the same whenever and in whatever file it comes.

    Two movements that are printed alike differ by the number of their occurrence: the second
    cash deposit of the same amount on one day is another one, in every file that has both.
    """
    seen: Counter[str] = Counter()
    hashes = []
    for movement in movements:
        text = "\x1f".join(
            (
                movement.day.isoformat(),
                f"{movement.amount:.2f}",
                "" if movement.balance is None else f"{movement.balance:.2f}",
                plain(movement.description),
                plain(movement.reference),
                plain(movement.tracking),
            )
        )
        seen[text] += 1
        hashes.append(hashlib.sha256(f"{text}\x1f{seen[text]}".encode()).hexdigest())
    return hashes
