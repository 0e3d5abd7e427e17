"""A walk that the tests write themselves: every size, type and kind of index there is.

A recording is text: ``OID|tag|value``. The values here and those of a recorded device are the
oracle, so they are read by a parser that shares nothing with the code under test.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

Row = tuple[str, str, str]  # OID, tag, value as snmpsim writes them

C32, GAUGE, TICKS, IP, C64, INT, TEXT, HEX, OID = "65", "66", "67", "64", "70", "2", "4", "4x", "6"
SYSTEM = "1.3.6.1.2.1.1"
TABLE = "1.3.6.1.4.1.99998.1.1"
ROWS = 60  # more than one request can hold
WIDE = [0, 127, 128, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
NARROW = [0, 127, 128, 2**31 - 1, 2**31, 2**32 - 1]
INDEXES = ["0", "0.0", "1", "1.127.0.0.1", "16384.128.127", "4194304000.5", "4294967295.1"]
NAMES, BIG, SMALL, EMPTY, ARCS, KINDS, LAST = (f"{TABLE}.{column}" for column in range(1, 8))
COLUMNS = (NAMES, BIG, SMALL, ARCS, KINDS, LAST)
NO_ROWS = (EMPTY, f"{TABLE}.8", "1.3.6.1.4.1.99997", "2.999")
#: Columns of the recorded router, the last of its MIB among them, and some it does not have.
RECORDED = (
    "1.3.6.1.2.1.31.1.1.1.1",
    "1.3.6.1.2.1.31.1.1.1.6",
    "1.3.6.1.2.1.31.1.1.1.10",
    "1.3.6.1.4.1.14988.1.1.14.1.1.2",
    "1.3.6.1.4.1.14988.1.1.19.1.1.10",
)
NOT_RECORDED = (
    "1.3.6.1.2.1.2.2.1.10",
    "1.3.6.1.2.1.2.2.1.5",
    "1.3.6.1.2.1.31.1.1.1.19",
    "1.3.6.1.4.1.14988.1.1.2",
    "1.3.6.1.4.1.99999.1",
)


def rows() -> list[Row]:
    """Return the walk, in the order of its OIDs."""
    found: list[Row] = [
        (f"{SYSTEM}.1.0", TEXT, "written walk"),
        (f"{SYSTEM}.2.0", OID, "1.3.6.1.4.1.99998"),
        (f"{SYSTEM}.3.0", TICKS, str(2**32 - 1)),
        (f"{SYSTEM}.5.0", TEXT, "walk"),
    ]
    found += [(f"{NAMES}.{n}", TEXT, f"row {n}") for n in range(1, ROWS + 1)]
    found += [(f"{BIG}.{n}", C64, str(WIDE[n % len(WIDE)])) for n in range(1, ROWS + 1)]
    # every second row is missing here
    found += [
        (f"{SMALL}.{n}", C32, str(NARROW[n // 2 % len(NARROW)])) for n in range(1, ROWS + 1, 2)
    ]
    found += [(f"{ARCS}.{index}", INT, str(n)) for n, index in enumerate(INDEXES)]
    kinds = [
        (INT, str(-(2**31))),
        (INT, "-1"),
        (INT, str(2**31 - 1)),
        (GAUGE, str(2**32 - 1)),
        (TICKS, "0"),
        (IP, "255.0.128.1"),
        (OID, "1.3.6.1.4.1.14988.1"),
        (HEX, "00ff80"),
        (TEXT, "Cola Ana Muñoz"),
        (HEX, ""),
    ]
    found += [(f"{KINDS}.{n}", tag, value) for n, (tag, value) in enumerate(kinds, 1)]
    return found + [(f"{LAST}.{n}", TEXT, f"last {n}") for n in range(1, 4)]


def text_of(found: Iterable[Row]) -> str:
    """Return rows as the text of a recording."""
    return "".join("|".join(row) + "\n" for row in found)


def read(path: Path) -> Iterator[Row]:
    """Yield the rows of a recorded device."""
    for line in path.read_text(encoding="utf-8").splitlines():
        oid, tag, value = line.split("|", 2)
        yield oid, tag, value


def meaning(tag: str, value: str) -> int | bytes | str:
    """Return what a tag and a text stand for."""
    if tag == HEX:
        return bytes.fromhex(value)
    if tag == TEXT:
        return value.encode()
    return value if tag in (OID, IP) else int(value)
