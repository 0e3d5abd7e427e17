"""Adapter to pysnmp (pure Python): always there, about 30 times the CPU of gufo-snmp."""

import asyncio
import contextlib
from collections.abc import Sequence

from pyasn1.type import univ
from pysnmp.hlapi.v1arch.asyncio import (
    CommunityData,
    SnmpDispatcher,
    UdpTransportTarget,
    bulk_cmd,
    get_cmd,
)
from pysnmp.proto import rfc1902, rfc1905

from .snmp_api import Oid, SnmpAuthFailed, SnmpBadReply, SnmpTimeout, Target, Value
from .snmp_guard import ColumnGuard, guarded, merge_columns
from .snmp_size import SizeBook

TOO_BIG = 1
AUTH_STATUSES = (6, 16)  # noAccess, authorizationError
MP_MODELS = {"1": 0, "2c": 1}
MISSING = (rfc1905.NoSuchObject, rfc1905.NoSuchInstance, rfc1905.EndOfMibView)


def plain(value: object) -> Value:
    """Turn a value of the library into ours."""
    if isinstance(value, MISSING):
        return None
    if isinstance(value, rfc1902.IpAddress):
        return ".".join(str(byte) for byte in value.asOctets())
    if isinstance(value, univ.OctetString):
        return value.asOctets()
    if isinstance(value, univ.ObjectIdentifier):
        return ".".join(map(str, tuple(value)))
    if isinstance(value, univ.Integer):
        return int(value)
    if isinstance(value, univ.Null):
        return None
    raise SnmpBadReply("type not expected")


class PysnmpBackend:
    """SNMP v1 and v2c through the light architecture of pysnmp."""

    name = "pysnmp"
    parallel = 20  # more saturates its event loop and live devices look dead

    def __init__(self) -> None:
        self._dispatcher: SnmpDispatcher | None = None
        self._transports: dict[Target, UdpTransportTarget] = {}
        self._locks: dict[Target, asyncio.Lock] = {}
        self.sizes = SizeBook()

    async def get(self, target: Target, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """See :class:`SnmpBackend`."""
        answer: dict[Oid, Value] = {}
        rest = list(oids)
        async with self._lock(target):
            while rest:
                chunk = rest[: self.sizes.size(target)]
                found = await self._request(target, get_cmd, chunk)
                if found is None:
                    continue
                values = {tuple(oid): plain(value) for oid, value in found}
                if values.keys() != set(chunk):
                    raise SnmpBadReply("answer to another question")
                answer.update(values)
                rest = rest[len(chunk) :]
        return answer

    async def walk(
        self, target: Target, columns: Sequence[Oid], max_rows: int
    ) -> dict[Oid, tuple[Value, ...]]:
        """See :class:`SnmpBackend`. Columns come together, row by row."""
        guards = [ColumnGuard(column, max_rows) for column in columns]
        heads: dict[int, Oid] = dict(enumerate(columns))
        async with self._lock(target):
            while heads:
                repetitions = max(self.sizes.size(target) // len(heads), 1)
                found = await self._request(target, bulk_cmd, list(heads.values()), repetitions)
                if found is not None:
                    if not found:
                        raise SnmpBadReply("empty answer")
                    heads = self._take(guards, heads, found)
        return merge_columns([guard.rows for guard in guards])

    async def aclose(self) -> None:
        """See :class:`SnmpBackend`."""
        if self._dispatcher:
            # The library stumbles over requests that were cancelled; its socket is closed.
            with contextlib.suppress(TypeError):
                self._dispatcher.close()
        self._dispatcher = None
        self._transports.clear()
        self._locks.clear()

    # --- one request ---

    @staticmethod
    def _take(guards: list[ColumnGuard], heads: dict[int, Oid], found: list) -> dict[int, Oid]:
        """Give the varbinds of one GETBULK to their columns; return the columns to go on with."""
        order = list(heads)
        alive = dict(heads)
        for position, (name, raw) in enumerate(found):
            column = order[position % len(order)]
            if column not in alive:
                continue
            oid, value = tuple(name), plain(raw)
            if value is None or not guards[column].accept(oid, value):
                del alive[column]
            else:
                alive[column] = oid
        return alive

    def _lock(self, target: Target) -> asyncio.Lock:
        return self._locks.setdefault(target, asyncio.Lock())

    async def _transport(self, target: Target) -> UdpTransportTarget:
        if target not in self._transports:
            self._transports[target] = await guarded(
                UdpTransportTarget.create(
                    (target.host, target.port), timeout=target.timeout, retries=target.retries
                ),
                target.timeout + 1,
            )
        return self._transports[target]

    async def _request(
        self, target: Target, command, oids: list[Oid], repetitions: int = 0
    ) -> list | None:
        """One request; None when it was too big and the size shrank."""
        if target.version not in MP_MODELS:
            raise SnmpBadReply("version not supported")
        if self._dispatcher is None:
            self._dispatcher = SnmpDispatcher()
        auth = CommunityData(target.community, mpModel=MP_MODELS[target.version])
        transport = await self._transport(target)
        asked = [(rfc1902.ObjectName(oid), rfc1902.Null("")) for oid in oids]
        numbers = (0, repetitions) if repetitions else ()
        # Some malformed replies leave the library waiting for ever: it gets its time and no more.
        patience = target.timeout * (target.retries + 1) + 1.5
        indication, status, _index, found = await guarded(
            command(self._dispatcher, auth, transport, *numbers, *asked, lookupMib=False), patience
        )
        return self._judge(target, indication, int(status), found, len(oids), repetitions)

    def _judge(
        self, target: Target, indication, status: int, found, asked: int, repetitions: int
    ) -> list | None:
        if indication:
            self.sizes.shrink(target)
            raise SnmpTimeout(type(indication).__name__)
        if status in AUTH_STATUSES:
            raise SnmpAuthFailed(f"error-status {status}")
        if status:
            if self.sizes.size(target) > 1 and (asked > 1 or repetitions > 1):
                self.sizes.shrink(target)
                return None
            raise SnmpBadReply(f"error-status {status}")
        self.sizes.good(target)
        return list(found)
