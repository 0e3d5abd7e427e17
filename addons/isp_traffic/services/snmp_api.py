"""The one interface every SNMP library is hidden behind: values, errors and the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

Oid = tuple[int, ...]
#: Authentication and privacy protocols of SNMPv3 that both libraries know.
AUTH_PROTOCOLS = ("MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512")
PRIV_PROTOCOLS = ("DES", "AES", "AES192", "AES256")
MIN_KEY = 8  # characters of a password of SNMPv3 (RFC 3414, 11.2)
#: int for counters and integers, bytes for OCTET STRING, str for OID (dotted) and IpAddress;
#: None means noSuchObject, noSuchInstance or endOfMibView.
Value = int | bytes | str | None

SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
SYS_OBJECT_ID: Oid = (1, 3, 6, 1, 2, 1, 1, 2, 0)


class SnmpError(Exception):
    """Base of everything a backend may raise."""


class SnmpTimeout(SnmpError):
    """No answer within the timeout and the retries, or a closed port."""


class SnmpAuthFailed(SnmpError):
    """The device refused the credentials."""


class SnmpBadReply(SnmpError):
    """The device answered something that cannot be used."""


@dataclass(frozen=True, slots=True)
class Usm:
    """Credentials of SNMPv3. An empty protocol means: not authenticated, not encrypted."""

    user: str
    auth: str = "SHA"
    auth_key: str = field(default="", repr=False)
    priv: str = "AES"
    priv_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Probe:
    """Who a device says it is; ``uptime`` is sysUpTime in hundredths of a second."""

    uptime: int
    object_id: str = ""


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
    usm: Usm | None = field(default=None, repr=False)

    @property
    def peer(self) -> tuple[str, int, str]:
        """Return what tells one agent from another: several may answer at one address."""
        return self.host, self.port, self.usm.user if self.usm else self.community


class SnmpBackend(Protocol):
    """What the poller needs from an SNMP library."""

    name: str
    parallel: int

    async def probe(self, target: Target) -> Probe:
        """Ask only for sysUpTime and sysObjectID: the cheapest sign of life.

        :raise SnmpError: as :meth:`get`; a device without sysUpTime is a bad reply.
        """

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

    def release(self, target: Target) -> None:
        """Give back what is kept for one target only: its socket, its session."""

    async def aclose(self) -> None:
        """Release sockets."""


def is_uptime(value: Value) -> bool:
    """Tell whether a value can be sysUpTime: TimeTicks have 32 bits without a sign."""
    return isinstance(value, int) and 0 <= value < 2**32


def parse_oid(text: str) -> Oid:
    """Turn a dotted OID, with or without its leading dot, into a tuple."""
    return tuple(int(arc) for arc in text.strip(".").split("."))


def format_oid(oid: Oid) -> str:
    """Turn an OID into dotted text without leading dot."""
    return ".".join(map(str, oid))


def check_usm(usm: Usm | None) -> Usm:
    """Return credentials that a library can be asked to use.

    :raise SnmpAuthFailed: no user, an unknown protocol, privacy without authentication or a
        password that is too short.
    """
    if usm is None or not usm.user:
        raise SnmpAuthFailed("no user for SNMPv3")
    if usm.auth not in ("", *AUTH_PROTOCOLS) or usm.priv not in ("", *PRIV_PROTOCOLS):
        raise SnmpAuthFailed("protocol of SNMPv3 not supported")
    if usm.priv and not usm.auth:
        raise SnmpAuthFailed("SNMPv3 encrypts only what it authenticates")
    for protocol, key in ((usm.auth, usm.auth_key), (usm.priv, usm.priv_key)):
        if protocol and len(key.encode()) < MIN_KEY:
            raise SnmpAuthFailed(f"password of SNMPv3 shorter than {MIN_KEY} characters")
    return usm
