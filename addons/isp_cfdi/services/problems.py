"""Problems of a document: SAT's code, an English text and the values in it.

A ``Problem`` is its own text, ``CODE: what is wrong``; code and values stay apart so that
another layer can say the same in the user's language.
"""

from __future__ import annotations

from .problem_texts import TEXTS


class Problem(str):
    """One broken rule.  ``code`` is SAT's, or the PAC's where SAT has none."""

    __slots__ = ("code", "values")

    code: str
    values: dict[str, str]

    def __new__(cls, code: str, **values: object) -> Problem:
        """Fill the text of ``code`` with ``values``."""
        texts = {name: str(value) for name, value in values.items()}
        self = super().__new__(cls, shown(code, TEXTS[code] % texts))
        self.code, self.values = code, texts
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str]]:
        """Copies and pickles are made of code and values, not of the text."""
        return (self.code,), self.values


def shown(code: str, text: str) -> str:
    """``text`` behind SAT's code; our own problems (``OWN_…``) have none to show."""
    prefix = code.partition("_")[0]
    return text if prefix == "OWN" else f"{prefix}: {text}"
