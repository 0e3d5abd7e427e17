"""Neutral marks for names whose logo nobody uploaded."""

from __future__ import annotations

import re


def mark_of(name: str | None) -> str:
    """Return up to two characters of a name: ``Farmacias del Ahorro`` gives ``FA``.

    Words in lower case do not count, unless there is no other.
    """
    words = re.findall(r"[^\W_]+", name or "")
    strong = [word for word in words if word[0].isupper() or word[0].isdigit()]
    return "".join(word[0] for word in (strong or words)[:2]).upper() or "·"
