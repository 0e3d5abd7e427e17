"""Requests that are asked again and again: encoded once, and their replies read by their shape.

A reply to the same GET has the same bytes every time, but for its request id, the uptime and the
counters. The first reply is decoded with all care; it teaches the places of the values. From then
on a reply counts only when every other byte is what it was: request, OIDs, types and the names that
prove the indexes. Whatever differs is decoded with all care again.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from . import snmp_ber as ber
from .snmp_api import SYS_UPTIME, Oid, SnmpBadReply

ID_BYTES = 4  # request ids from 2**24 to 2**31 - 1 always take four octets
FIRST_ID, LAST_ID = 1 << 24, (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Row:
    """What one line asks: the column bodies are OIDs; `name` may be absent."""

    name: Oid | None
    octets_in: Oid
    octets_out: Oid
    index: Oid


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that was decoded; a row the device does not have is None."""

    uptime: int | None
    names: list[bytes | None]
    counters: list[int | None]  # in, out, in, out, ...


def pdu_of(rows: Sequence[Row]) -> tuple[bytes, bytes, tuple[bytes, ...]]:
    """Return a GET in two parts, around its request id, and the OIDs it asks for."""
    oids = [ber.oid_body(SYS_UPTIME)]
    for row in rows:
        columns = (row.octets_in, row.octets_out)
        oids += [ber.oid_body(column, row.index) for column in columns]
        if row.name is not None:
            oids.append(ber.oid_body(row.name, row.index))
    null = bytes((ber.NULL, 0))
    binds = b"".join(ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, oid) + null) for oid in oids)
    zero = ber.integer(0)
    rest = zero + zero + ber.tlv(ber.SEQUENCE, binds)
    whole = ber.tlv(ber.GET, bytes((ber.INTEGER, ID_BYTES)) + bytes(ID_BYTES) + rest)
    split = len(whole) - len(rest)
    return whole[: split - ID_BYTES], whole[split:], tuple(oids)


class Ask:
    """One GET of some rows of a device: the PDU, and how its reply is read."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self.before, self.after, self.oids = pdu_of(self.rows)
        self.shape: Shape | None = None
        self._wire: bytes | None = None

    def pdu(self, request_id: int) -> bytes:
        """Return the GET with a request id."""
        return self.before + request_id.to_bytes(ID_BYTES, "big") + self.after

    def wire(self, envelope: bytes, request_id: int) -> bytes:
        """Return the message of v1 or v2c; `envelope` is version and community."""
        if self._wire is None:
            size = len(envelope) + len(self.before) + ID_BYTES + len(self.after)
            start = ber.tlv(ber.SEQUENCE, bytes(size))[:-size]
            self._wire = start + envelope + self.before
        return self._wire + request_id.to_bytes(ID_BYTES, "big") + self.after

    def quick(self, data: bytes, request_id: int) -> list[int] | None:
        """Return [uptime, in, out, in, out, ...] of a reply of the known shape, else None."""
        shape = self.shape
        return shape.decode(data, request_id) if shape is not None else None

    def careful(self, data: bytes, at: int, end: int, request_id: int) -> Reply:
        """Decode the RESPONSE that lies at a place of `data` and fills it up to `end`.

        A complete reply teaches its shape.

        :raise OtherRequest: it answers another request.
        :raise SnmpBadReply: it is not an answer to this request.
        """
        spots: list[tuple[int, int]] = []
        reply = _decode(self, data, at, end, request_id, spots)
        whole = None not in reply.counters and None not in reply.names
        self.shape = Shape(data, spots) if whole and reply.uptime is not None else None
        return reply


class OtherRequest(SnmpBadReply):
    """A reply to an earlier request, or to somebody else's: the right one may still come."""


class ErrorStatus(SnmpBadReply):
    """The device says that it could not answer."""


def _decode(ask: Ask, data: bytes, at: int, end: int, request_id: int, spots: list) -> Reply:
    start, stop = ber.expect(data, at, end, ber.RESPONSE)
    if stop != end:
        raise SnmpBadReply("bytes behind the reply")
    id_start, id_stop = ber.expect(data, start, stop, ber.INTEGER)
    if int.from_bytes(data[id_start:id_stop], "big", signed=True) != request_id:
        raise OtherRequest("another request id")
    spots.append((id_start, id_stop))
    status, at = ber.number(data, id_stop, stop)
    _index, at = ber.number(data, at, stop)
    if status:
        raise ErrorStatus(f"error-status {status}")
    at, last = ber.expect(data, at, stop, ber.SEQUENCE)
    if last != stop:
        raise SnmpBadReply("bytes behind the values")
    found = []
    for oid in ask.oids:
        start, stop = ber.expect(data, at, last, ber.SEQUENCE)
        oid_start, oid_stop = ber.expect(data, start, stop, ber.OID)
        if data[oid_start:oid_stop] != oid:
            raise SnmpBadReply("answer to another question")
        tag, start, end = ber.head(data, oid_stop, stop)
        if end != stop:
            raise SnmpBadReply("bytes behind a value")
        found.append((tag, start, end))
        at = stop
    if at != last:
        raise SnmpBadReply("more values than asked for")
    return _values(ask, data, found, spots)


def _values(ask: Ask, data: bytes, found: list[tuple[int, int, int]], spots: list) -> Reply:
    values = iter(found)
    uptime = _number(data, next(values), spots)
    names: list[bytes | None] = []
    counters: list[int | None] = []
    for row in ask.rows:
        counters += [_number(data, next(values), spots), _number(data, next(values), spots)]
        if row.name is None:
            names.append(b"")
            continue
        tag, start, stop = next(values)
        names.append(data[start:stop] if tag == ber.OCTETS else None)
    return Reply(uptime, names, counters)


def _number(data: bytes, value: tuple[int, int, int], spots: list) -> int | None:
    tag, start, stop = value
    if tag not in ber.UNSIGNED:
        return None  # no such row, or something that is no counter
    spots.append((start, stop))
    return ber.unsigned(data, start, stop)


class Shape:
    """Where the values of a reply lie, and the bytes around them."""

    __slots__ = ("fixed", "size", "unpack", "wide")

    def __init__(self, data: bytes, spots: Sequence[tuple[int, int]]) -> None:
        parts, at = [], 0
        for start, stop in spots:
            parts += [f"{start - at}s", f"{stop - start}s"]
            at = stop
        parts.append(f"{len(data) - at}s")
        self.unpack = struct.Struct("".join(parts)).unpack
        self.size = len(data)
        self.wide = any(stop - start > 8 for start, stop in spots)
        self.fixed = self.unpack(data)[0::2]

    def decode(self, data: bytes, request_id: int) -> list[int] | None:
        """Return the values after the request id, None when anything else is not as it was."""
        if len(data) != self.size:
            return None
        parts = self.unpack(data)
        if parts[0::2] != self.fixed:
            return None
        numbers = list(map(int.from_bytes, parts[1::2]))  # big-endian, unsigned
        if numbers[0] != request_id or (self.wide and max(numbers) >> 64):
            return None
        del numbers[0]
        return numbers
