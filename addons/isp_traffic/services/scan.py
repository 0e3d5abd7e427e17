"""What a walk over a device shows: every row a source could measure, once. Asynchronous."""

from dataclasses import dataclass, field

from .snmp_api import SnmpBackend, Target, format_oid
from .sources import IF_ALIAS, IF_DESCR, IF_IN, SOURCES, Source, as_text

IF_TABLES = ("if_hc", "if_alias", "if_descr", "if_index", "mt_ppp")
NARROW = "if_32"
NAMED, DESCRIBED = "if_hc", "if_descr"
#: What stands beside the name of an interface; the last one that says something. None: an index.
COMMENTS = {IF_ALIAS: (IF_DESCR,), None: (IF_DESCR, IF_ALIAS)}


@dataclass(frozen=True, slots=True)
class Found:
    """One row of a device; `double`: another row has the same key."""

    key: str
    index: str
    comment: str = ""
    counted: bool = True
    double: bool = False


@dataclass(slots=True)
class Scan:
    """Rows of one source; `source` is another than asked for when only that one has counters."""

    source: str
    rows: list[Found] = field(default_factory=list)
    narrow: bool = False


async def scan(backend: SnmpBackend, target: Target, code: str, max_rows: int) -> Scan:
    """Walk a device for the rows of a source.

    A device without 64-bit counters is read by its 32-bit ones, which `narrow` tells; one without
    ifName by ifDescr.

    :raise SnmpError: it does not answer, refuses, or has more rows than allowed
    """
    rows, counters = await _rows(backend, target, SOURCES[code], max_rows)
    if code in IF_TABLES and not counters:
        narrow, counters = await _rows(backend, target, SOURCES[NARROW], max_rows)
        if counters:
            return Scan(NARROW, narrow, narrow=True)
    elif code == NAMED and not rows:
        return Scan(DESCRIBED, (await _rows(backend, target, SOURCES[DESCRIBED], max_rows))[0])
    return Scan(code, rows)


async def _rows(
    backend: SnmpBackend, target: Target, source: Source, max_rows: int
) -> tuple[list[Found], bool]:
    """Return the rows of a source, and whether any row at all has counters."""
    counters = await backend.walk(target, [source.octets_in], max_rows)
    names = counters
    if source.name is not None:
        names = await backend.walk(target, [source.name], max_rows)
    comments = {}
    if source.octets_in[:7] in (IF_IN[:7], IF_ALIAS[:7]):
        for column in COMMENTS.get(source.name, (IF_ALIAS,)):
            read = await backend.walk(target, [column], max_rows)
            comments |= {index: row for index, row in read.items() if row[0]}
    found, keys = [], {}
    for index, (name,) in sorted(names.items()):
        dotted = format_oid(index)
        key = dotted if source.name is None else source.clean_key(source.text(name))
        if not key or (source.session and not source.text(name).startswith("<pppoe-")):
            continue
        keys[key] = keys.get(key, 0) + 1
        comment = as_text(comments[index][0]) if index in comments else ""
        counted = isinstance(counters.get(index, (None,))[0], int)
        found.append((key, dotted, comment, counted))
    some = any(isinstance(value, int) for (value,) in counters.values())
    return [Found(*row, double=keys[row[0]] > 1) for row in found], some
