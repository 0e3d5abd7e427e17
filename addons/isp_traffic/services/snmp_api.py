"""The one interface every SNMP library is hidden behind: values, errors and the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

Oid = tuple[int, ...]
#: int for counters and integers, bytes for OCTET STRING, str for OID (dotted) and IpAddress;
#: None means noSuchObject, noSuchInstance or endOfMibView.
Value = int | bytes | str | None


class SnmpError(Exception):
    """Base of everything a backend may raise."""


class SnmpTimeout(SnmpError):
    """No answer within the timeout and the retries, or a closed port."""


class SnmpAuthFailed(SnmpError):
    """The device refused the credentials."""


class SnmpBadReply(SnmpError):
    """The device answered something that cannot be used."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how to ask one device. Credentials stay out of ``repr`` and of the logs."""

    host: str
    port: int = 161
    version: str = "2c"
    community: str = field(default="", repr=False)
    timeout: float = 2.0  # seconds for each try
    retries: int = 1
    max_size: int = 50  # varbinds of a GET, repetitions of a GETBULK
    backend: str = "auto"


class SnmpBackend(Protocol):
    """What the poller needs from an SNMP library."""

    name: str
    parallel: int

    async def get(self, target: Target, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Return a value for every asked OID.

        :raise SnmpError: one of its three kinds, never an exception of the library.
        """

    async def walk(
        self, target: Target, columns: Sequence[Oid], max_rows: int
    ) -> dict[Oid, tuple[Value, ...]]:
        """Return the rows of table columns by index.

        :raise SnmpError: one of its three kinds; more than `max_rows` rows is a bad reply.
        """

    async def aclose(self) -> None:
        """Release sockets."""


def parse_oid(text: str) -> Oid:
    """Turn a dotted OID, with or without its leading dot, into a tuple."""
    return tuple(int(arc) for arc in text.strip(".").split("."))


def format_oid(oid: Oid) -> str:
    """Turn an OID into dotted text without leading dot."""
    return ".".join(map(str, oid))
