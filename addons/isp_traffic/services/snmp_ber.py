"""The part of BER that requests of known shape need: a strict encoder and decoder.

Strict means: every length must fit exactly, so that a truncated or padded reply is an error and
never half a reading.
"""

from functools import lru_cache

from .snmp_api import Oid, SnmpBadReply

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x46
MISSING = (0x80, 0x81, 0x82)  # noSuchObject, noSuchInstance, endOfMibView
UNSIGNED = (COUNTER32, GAUGE32, TIMETICKS, COUNTER64)
GET, RESPONSE, REPORT = 0xA0, 0xA2, 0xA8


def tlv(tag: int, body: bytes) -> bytes:
    """Put tag and length before a body."""
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def integer(value: int) -> bytes:
    """Encode a non-negative INTEGER, as short as it can be."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@lru_cache(maxsize=4096)
def _arcs(oid: Oid) -> bytes:
    body = bytearray()
    for arc in (oid[0] * 40 + oid[1], *oid[2:]):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        body += bytes(reversed(septets))
    return bytes(body)


def oid_body(prefix: Oid, index: Oid = ()) -> bytes:
    """Encode an OID without its tag; columns are many times the same, so they are kept."""
    body = _arcs(prefix)
    return body + _arcs((0, 0, *index))[1:] if index else body


def head(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return (tag, start, end) of the body of the TLV at a place; it lies before `end`.

    :raise SnmpBadReply: the bytes end early.
    """
    if at + 2 > end:
        raise SnmpBadReply("truncated")
    tag, size, at = data[at], data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= 3 or at + count > end:
            raise SnmpBadReply("length not supported")
        size = int.from_bytes(data[at : at + count], "big")
        at += count
    if at + size > end:
        raise SnmpBadReply("truncated")
    return tag, at, at + size


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Return (start, end) of the body of a TLV that must have a tag.

    :raise SnmpBadReply: it has another one.
    """
    found, start, stop = head(data, at, end)
    if found != tag:
        raise SnmpBadReply(f"tag {found:#x} instead of {tag:#x}")
    return start, stop


def number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the next INTEGER and the place behind it."""
    start, stop = expect(data, at, end, INTEGER)
    if not 1 <= stop - start <= 8:
        raise SnmpBadReply("integer too long")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def unsigned(data: bytes, start: int, stop: int) -> int:
    """Return the value of a counter: never negative, also when the sign bit was not padded.

    :raise SnmpBadReply: more than 64 bits, or none.
    """
    size = stop - start
    if not 1 <= size <= 9 or (size == 9 and data[start]):
        raise SnmpBadReply("counter of a wrong size")
    return int.from_bytes(data[start:stop], "big")
