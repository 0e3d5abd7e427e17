"""Messages to and from one agent, for requests of known shape: v2c here, v3 in `snmp_usm`."""

from . import snmp_ber as ber
from .snmp_api import SnmpBadReply, Target
from .snmp_ask import Ask, Reply

V2C = 1


class CommunityPeer:
    """An agent that is asked with a community."""

    ready = True  # nothing has to be discovered first

    def __init__(self, target: Target) -> None:
        self.address = target.host, target.port
        self._envelope = ber.integer(V2C) + ber.tlv(ber.OCTETS, target.community.encode())

    def seal(self, ask: Ask, request_id: int) -> bytes:
        """Return the message that asks."""
        return ask.wire(self._envelope, request_id)

    def open(self, data: bytes, ask: Ask, request_id: int) -> list[int] | Reply:
        """Return what a message answers to a request.

        :raise OtherRequest: it answers another one.
        :raise SnmpBadReply: it cannot be used.
        """
        found = ask.quick(data, request_id)
        if found is not None:
            return found
        start, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
        at = start + len(self._envelope)
        if end != len(data) or data[start:at] != self._envelope:
            raise SnmpBadReply("another version or community")
        return ask.careful(data, at, end, request_id)
