"""Which customer an interface belongs to, by what the device calls it. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import combining, normalize

MAX_STARS = 4
VALUE = "{value}"


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """Return a text without case, accents, spaces and punctuation."""
    # Letters drawn in another style become plain capitals only by the normalization.
    letters = normalize("NFKD", normalize("NFKD", text.casefold()).casefold())
    return "".join(char for char in letters if char.isalnum() and not combining(char))


@dataclass(frozen=True, slots=True)
class Rule:
    """How to take the wanted value out of a name or comment.

    `pattern` is the text around the value: ``cli-{value}``, or ``* {value}`` where anything may
    stand before it. Empty: the whole text is the value. No regular expression: those of a user
    could keep the server busy for ever.
    """

    pattern: str = ""

    def check(self) -> None:
        """:raise ValueError: there is not exactly one value, or too many stars"""
        if self.pattern and self.pattern.count(VALUE) != 1:
            raise ValueError("one {value}")
        if self.pattern.count("*") > MAX_STARS:
            raise ValueError("too many *")

    def values(self, texts: Iterable[str]) -> list[str]:
        """Return what the rule finds in texts, ready to be compared."""
        form = _compiled(self.pattern or VALUE)
        matches = [form.fullmatch(text[:255].strip()) for text in texts]
        return [value for match in matches if match and (value := plain(match["value"]))]


@lru_cache(maxsize=100)
def _compiled(pattern: str) -> re.Pattern:
    parts = [re.escape(part).replace(r"\*", ".*?") for part in pattern.strip().split(VALUE)]
    return re.compile("(?P<value>.+?)".join(parts), re.IGNORECASE | re.DOTALL)


def index_of(candidates: Iterable[tuple[int, str]]) -> dict[str, set[int]]:
    """Return the ids behind each comparable value of (id, value)."""
    index: dict[str, set[int]] = {}
    for record_id, value in candidates:
        if key := plain(value or ""):
            index.setdefault(key, set()).add(record_id)
    return index


def propose(rule: Rule, texts: Iterable[str], index: Mapping[str, set[int]]) -> set[int]:
    """Return the ids that fit an interface: none, the one, or several that need a person."""
    return set().union(*(index.get(value, set()) for value in rule.values(texts)))
