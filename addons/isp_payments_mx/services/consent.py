"""The words a customer agrees to, and the fingerprint that proves them.

A text holds places like ``{amount}``; nothing else in it is evaluated.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

#: What a text may name. The law asks for amount, period and date (LFPC art. 76 Bis).
PLACES = (
    "company",
    "customer",
    "contract",
    "plan",
    "amount",
    "cap",
    "period",
    "day",
    "first_date",
    "notice_days",
)
REQUIRED = ("amount", "cap", "day", "notice_days")
_PLACE = re.compile(r"\{([a-z_]+)\}")


def places(text: str) -> set[str]:
    """Return the names of the places in ``text``."""
    return set(_PLACE.findall(text))


def unknown_places(text: str) -> set[str]:
    """Return the places that nobody would fill."""
    return places(text) - set(PLACES)


def missing_places(text: str) -> set[str]:
    """Return what the law wants to be shown and ``text`` does not."""
    return set(REQUIRED) - places(text)


def fill(text: str, facts: Mapping[str, str]) -> str:
    """Return ``text`` with its places filled, in one pass: a fact never opens a place.

    :raise KeyError: a place has no fact
    """
    return _PLACE.sub(lambda match: facts[match[1]], text)


def text_hash(text: str) -> str:
    """Return the SHA-256 of ``text`` (UTF-8), 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def evidence_hash(facts: Mapping[str, object]) -> str:
    """Return the SHA-256 of the whole evidence: JSON, keys in order, no spaces, UTF-8.

    Values are texts, numbers or None, so that the same evidence always gives the same digits.
    """
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
