"""The objects a device shows: system group, ifTable and ifXTable, or a recorded walk."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from . import ber
from .ber import Oid
from .world import Device, LineState

Cell = Callable[[datetime], tuple[int, Any]]  # moment -> (tag, value)

SYSTEM = (1, 3, 6, 1, 2, 1, 1)
IF_NUMBER = (1, 3, 6, 1, 2, 1, 2, 1, 0)
IF_TABLE = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IFX_TABLE = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
MIKROTIK = (1, 3, 6, 1, 4, 1, 14988, 1)
PHYSICAL = (("ether1", 6, 1000), ("ether2", 6, 1000), ("sfp1", 6, 10000), ("bridge1", 209, 0))
PPP_TYPE = 23
OPAQUE = 0x44


def constant(tag: int, value: Any) -> Cell:
    """Return a cell that never changes."""
    return lambda _moment: (tag, value)


class Tree:
    """Cells sorted by OID."""

    def __init__(self, cells: dict[Oid, Cell]):
        self.oids = sorted(cells)
        self.cells = cells

    def get(self, oid: Oid, moment: datetime) -> tuple[int, Any]:
        """Return tag and value of one object, or why there is none."""
        cell = self.cells.get(oid)
        if cell:
            return cell(moment)
        # The object exists when the same column has other rows.
        at = bisect_left(self.oids, oid[:-1])
        known = at < len(self.oids) and self.oids[at][: len(oid) - 1] == oid[:-1]
        return (ber.NO_SUCH_INSTANCE if known else ber.NO_SUCH_OBJECT), None

    def next(self, oid: Oid) -> Oid | None:
        """Return the OID that follows, None at the end."""
        at = bisect_right(self.oids, oid)
        return self.oids[at] if at < len(self.oids) else None


def build(device: Device) -> Tree:
    """Return the tree of a device as it is now (its rows, not its values)."""
    if device.recorded is not None:
        return Tree({oid: constant(tag, value) for oid, tag, value in device.recorded})
    cells: dict[Oid, Cell] = {
        (*SYSTEM, 1, 0): constant(ber.OCTETS, b"RouterOS CCR simulated"),
        (*SYSTEM, 2, 0): constant(ber.OID, MIKROTIK),
        (*SYSTEM, 3, 0): lambda moment: (ber.TIMETICKS, device.uptime(moment)),
        (*SYSTEM, 5, 0): constant(ber.OCTETS, device.name.encode()),
    }
    for index, (name, kind, speed) in enumerate(PHYSICAL, 1):
        _add_row(cells, index, name, kind, speed, None)
    present = [(p, state) for p, state in enumerate(device.lines) if state.present]
    for position, state in present:
        line, index = state.line, device.first_index + position
        _add_row(cells, index, line.name, PPP_TYPE, int(line.down_mbps), state)
        if device.discontinuity:
            cells[*IFX_TABLE, 19, index] = _broken(state)
    cells[IF_NUMBER] = constant(ber.INTEGER, len(PHYSICAL) + len(present))
    return Tree(cells)


def _broken(state: LineState) -> Cell:
    return lambda _moment: (ber.TIMETICKS, state.broken)


def _counter(state: LineState | None, position: int, tag: int) -> Cell:
    if state is None:
        return constant(tag, 0)
    bits = 32 if tag == ber.COUNTER32 else 64
    return lambda moment: (tag, state.counters(moment)[position] % 2**bits)


def _add_row(
    cells: dict[Oid, Cell], index: int, name: str, kind: int, speed: int, state: LineState | None
) -> None:
    table = {
        1: constant(ber.INTEGER, index),
        2: constant(ber.OCTETS, name.encode()),
        3: constant(ber.INTEGER, kind),
        5: constant(ber.GAUGE32, speed * 1_000_000 % 2**32),
        8: constant(ber.INTEGER, 1),
        10: _counter(state, 0, ber.COUNTER32),
        16: _counter(state, 1, ber.COUNTER32),
    }
    extended = {
        1: constant(ber.OCTETS, name.encode()),
        6: _counter(state, 0, ber.COUNTER64),
        10: _counter(state, 1, ber.COUNTER64),
        15: constant(ber.GAUGE32, speed),
        18: lambda _moment: (ber.OCTETS, state.comment.encode() if state else b""),
    }
    cells.update({(*IF_TABLE, column, index): cell for column, cell in table.items()})
    cells.update({(*IFX_TABLE, column, index): cell for column, cell in extended.items()})


def read_snmprec(path: str | Path) -> list[tuple[Oid, int, Any]]:
    """Read a recording: lines of ``OID|tag|value``, tag 4x = hexadecimal octets."""
    rows = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.strip():
            oid, tag, value = line.split("|", 2)
            rows.append((_oid(oid), *_recorded(tag, value)))
    return rows


def _oid(text: str) -> Oid:
    return tuple(int(arc) for arc in text.strip(".").split("."))


def _recorded(tag: str, text: str) -> tuple[int, Any]:
    if tag.endswith("x"):
        return int(tag[:-1]), bytes.fromhex(text)
    number = int(tag)
    if number in (ber.OCTETS, OPAQUE):
        return number, text.encode()
    if number == ber.NULL or not text:  # a number without digits is none
        return ber.NULL, None
    if number == ber.OID:
        return number, _oid(text)
    if number == ber.IP_ADDRESS:
        return number, bytes(int(part) for part in text.split("."))
    return number, int(text)
