"""Write elements as text: several times faster than a tree, and nothing to hold in memory.

Every value is escaped here, so no caller can produce broken XML; what is read back by a
parser is exactly what was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
#: Line breaks and tabs would be read back as blanks, so they are written as references.
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)


def attributes(values: Mapping[str, str | None]) -> str:
    """`` name="value"`` of every value; SAT wants empty optional ones left out."""
    return "".join(
        [f' {name}="{value.translate(_ESCAPES)}"' for name, value in values.items() if value]
    )


def element(name: str, values: Mapping[str, str | None], body: str = "") -> str:
    """One element with its attributes and its already written content."""
    if body:
        return f"<{name}{attributes(values)}>{body}</{name}>"
    return f"<{name}{attributes(values)}/>"


def group(name: str, members: Iterable[str]) -> str:
    """A container without attributes, nothing when it would be empty."""
    body = "".join(members)
    return f"<{name}>{body}</{name}>" if body else ""


def tag(name: str, text: str) -> str:
    """An element that holds a text only."""
    return f"<{name}>{text.translate(_ESCAPES)}</{name}>"
