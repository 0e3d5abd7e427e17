"""Search in short lists: by words, without accents or capitals."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def fold(text: object) -> str:
    """Return ``text`` without accents and in lower case, spaces collapsed."""
    plain = unicodedata.normalize("NFKD", str(text or ""))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.lower().split())


def matches(query: str, parts: Iterable[object]) -> bool:
    """Return whether every word of ``query`` occurs in the joined ``parts``.

    Thousands separators are ignored, so that ``1047`` finds ``$1,047.00``.
    """
    haystack = fold(" ".join(str(part) for part in parts if part))
    haystack = f"{haystack} {haystack.replace(',', '')}"
    return all(word in haystack for word in fold(query).split())
