"""The part of BER that SNMP uses, and the v2c message around a PDU."""

from dataclasses import dataclass
from typing import Any

Oid = tuple[int, ...]

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x46
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB = 0x80, 0x81, 0x82
GET, GETNEXT, RESPONSE, SET, GETBULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
V1, V2C, V3 = 0, 1, 3


class BerError(Exception):
    """The bytes are not what they should be."""


@dataclass(slots=True)
class Pdu:
    """One request or response; for GETBULK status and index are its two numbers."""

    kind: int
    request_id: int
    status: int
    index: int
    oids: list[Oid]


@dataclass(slots=True)
class Message:
    """A community message (v1, v2c)."""

    version: int
    community: str
    pdu: Pdu


def tlv(tag: int, body: bytes) -> bytes:
    """Put tag and length before a body."""
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def encode_integer(value: int, tag: int = INTEGER) -> bytes:
    """Encode a signed integer, or an unsigned one under its own tag."""
    size = max(value.bit_length() // 8 + 1, 1)
    return tlv(tag, value.to_bytes(size, "big", signed=True))


def encode_oid(oid: Oid) -> bytes:
    """Encode an object identifier."""
    body = bytearray()
    for arc in (oid[0] * 40 + (oid[1] if len(oid) > 1 else 0), *oid[2:]):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        body += bytes(reversed(septets))
    return tlv(OID, bytes(body))


def encode_value(tag: int, value: Any) -> bytes:
    """Encode one value of a varbind."""
    if isinstance(value, bytes):  # octets, addresses, what a recording has as Opaque
        return tlv(tag, value)
    if tag == OID:
        return encode_oid(value)
    if tag in (NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB):
        return bytes((tag, 0))
    return encode_integer(value, tag)


def encode_varbind(oid: Oid, tag: int, value: Any) -> bytes:
    """Encode name and value."""
    return tlv(SEQUENCE, encode_oid(oid) + encode_value(tag, value))


def encode_response(
    message: Message, varbinds: list[bytes], status: int = 0, index: int = 0
) -> bytes:
    """Encode the answer to a message."""
    pdu = tlv(
        RESPONSE,
        encode_integer(message.pdu.request_id)
        + encode_integer(status)
        + encode_integer(index)
        + tlv(SEQUENCE, b"".join(varbinds)),
    )
    head = encode_integer(message.version) + tlv(OCTETS, message.community.encode())
    return tlv(SEQUENCE, head + pdu)


class Reader:
    """Reads TLVs one after the other."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    @property
    def more(self) -> bool:
        """Tell whether bytes are left."""
        return self.at < len(self.data)

    def take(self, expected: int | None = None) -> tuple[int, bytes]:
        """Return tag and body of the next TLV.

        :raises BerError: the bytes end early, or another tag was expected.
        """
        try:
            tag, size = self.data[self.at], self.data[self.at + 1]
            start = self.at + 2
            if size & 0x80:
                count = size & 0x7F
                size = int.from_bytes(self.data[start : start + count], "big")
                start += count
        except IndexError as error:
            raise BerError("truncated") from error
        if start + size > len(self.data) or (expected is not None and tag != expected):
            raise BerError("truncated or unexpected tag")
        self.at = start + size
        return tag, self.data[start : self.at]

    def integer(self) -> int:
        """Return the next INTEGER."""
        return int.from_bytes(self.take(INTEGER)[1], "big", signed=True)


def decode_oid(body: bytes) -> Oid:
    """Decode the body of an object identifier."""
    arcs, arc = [], 0
    for byte in body:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs:
        raise BerError("empty OID")
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - first * 40, *arcs[1:])


def decode_message(data: bytes) -> Message | None:
    """Decode a request; None for a version this agent does not speak (v3 has its own frame).

    :raises BerError: not an SNMP message.
    """
    frame = Reader(Reader(data).take(SEQUENCE)[1])
    version = frame.integer()
    if version not in (V1, V2C):
        return None
    community = frame.take(OCTETS)[1].decode("utf-8", "replace")
    kind, body = frame.take()
    reader = Reader(body)
    request_id, status, index = reader.integer(), reader.integer(), reader.integer()
    binds, oids = Reader(reader.take(SEQUENCE)[1]), []
    while binds.more:
        oids.append(decode_oid(Reader(binds.take(SEQUENCE)[1]).take(OID)[1]))
    return Message(version, community, Pdu(kind, request_id, status, index, oids))
