"""Adapter to pysnmp (pure Python): always there, about 30 times the CPU of gufo-snmp."""

import asyncio
import contextlib
from collections.abc import Sequence

from pyasn1.type import univ
from pysnmp.proto import errind, rfc1155, rfc1902, rfc1905

from .snmp_api import Oid, SnmpAuthFailed, SnmpBadReply, SnmpTimeout, Target, Value
from .snmp_base import BaseBackend
from .snmp_guard import ColumnGuard, guarded, merge_columns
from .snmp_pysnmp_wire import Wire
from .snmp_usm import engine_answers, supported

NO_SUCH_NAME = 2  # how v1 says that a value does not exist, or that the MIB ends
AUTH_STATUSES = (6, 16)  # noAccess, authorizationError
REFUSALS = (
    errind.UnknownUserName,
    errind.UnsupportedSecurityLevel,
    errind.WrongDigest,
    errind.AuthenticationError,
    errind.AuthenticationFailure,
    errind.DecryptionError,
)
ADDRESSES = (rfc1902.IpAddress, rfc1155.IpAddress)  # v1 has types of its own
MISSING = (rfc1905.NoSuchObject, rfc1905.NoSuchInstance, rfc1905.EndOfMibView)


def plain(value: object) -> Value:
    """Turn a value of the library into ours."""
    if isinstance(value, MISSING):
        return None
    if isinstance(value, ADDRESSES):
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


class PysnmpBackend(BaseBackend):
    """SNMP through pysnmp: v1 and v2c by its light architecture, v3 by engines."""

    name = "pysnmp"
    parallel = 20  # more saturates its event loop and live devices look dead

    def __init__(self) -> None:
        super().__init__()
        self._wire = Wire()
        self._met: set[Target] = set()

    async def get(self, target: Target, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """See :class:`SnmpBackend`."""
        answer: dict[Oid, Value] = {}
        rest = list(oids)
        async with self._lock(target):
            while rest:
                chunk = rest[: self.sizes.size(target)]
                found = await self._request(target, "get", chunk)
                if found is None:
                    continue
                if not found and target.version == "1":
                    found = [(chunk[0], rfc1905.noSuchInstance)]
                values = {tuple(oid): plain(value) for oid, value in found}
                if values.keys() != set(chunk):
                    raise SnmpBadReply("answer to another question")
                answer.update(values)
                rest = rest[len(chunk) :]
        return answer

    async def walk(
        self, target: Target, columns: Sequence[Oid], max_rows: int
    ) -> dict[Oid, tuple[Value, ...]]:
        """See :class:`SnmpBackend`. Columns come together, row by row.

        In v1 one after the other: the end of one is an error of the whole request.
        """
        guards = [ColumnGuard(column, max_rows) for column in columns]
        together = [guards] if target.version != "1" else [[guard] for guard in guards]
        async with self._lock(target):
            for part in together:
                await self._walk_columns(target, part)
        return merge_columns([guard.rows for guard in guards])

    async def _walk_columns(self, target: Target, guards: list[ColumnGuard]) -> None:
        heads: dict[int, Oid] = {place: guard.column for place, guard in enumerate(guards)}
        while heads:
            repetitions = max(self.sizes.size(target) // len(heads), 1)
            kind, repetitions = ("next", 0) if target.version == "1" else ("bulk", repetitions)
            found = await self._request(target, kind, list(heads.values()), repetitions)
            if found is not None:
                if not found and target.version == "1":
                    break
                if not found:
                    raise SnmpBadReply("empty answer")
                heads = self._take(guards, heads, found)

    async def aclose(self) -> None:
        """See :class:`SnmpBackend`."""
        # The library stumbles over requests that were cancelled; its socket is closed.
        with contextlib.suppress(TypeError):
            self._wire.close()
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

    async def _request(
        self, target: Target, kind: str, oids: list[Oid], repetitions: int = 0
    ) -> list | None:
        """One request; None when it was too big and the size shrank."""
        numbers = (0, repetitions) if repetitions else ()
        # Some malformed replies leave the library waiting for ever: it gets its time and no more.
        # Twice for v3, which asks for the engine first.
        rounds = 2 if target.version == "3" else 1
        patience = target.timeout * (target.retries + 1) * rounds + 1.5
        deaf = self._watch(target)
        try:
            indication, status, _index, found = await guarded(
                self._wire.ask(target, kind, numbers, oids), patience
            )
            found = self._judge(target, indication, int(status), found, max(len(oids), repetitions))
        except SnmpTimeout:
            if deaf and await deaf:
                raise SnmpAuthFailed("no answer to what is encrypted") from None
            raise
        finally:
            if deaf:
                deaf.cancel()
        self._met.add(target)
        return found

    def _watch(self, target: Target) -> asyncio.Task | None:
        """Find out meanwhile whether an engine that was never met is there at all.

        The library is silent about an engine that cannot read what it is asked; one that has
        answered before was restarted instead. The last try is not over before this is.
        """
        if target.version != "3" or target in self._met or not supported(target):
            return None

        async def look() -> bool:
            await asyncio.sleep(max(target.timeout * target.retries, min(target.timeout, 0.3)))
            return await asyncio.to_thread(engine_answers, target)

        return asyncio.ensure_future(look())

    def _judge(self, target: Target, indication, status: int, found, asked: int) -> list | None:
        if isinstance(indication, REFUSALS):
            raise SnmpAuthFailed(type(indication).__name__)
        if isinstance(indication, errind.RequestTimedOut):
            self.sizes.shrink(target)
            self._wire.forget(target)
            raise SnmpTimeout("RequestTimedOut")
        if indication:
            raise SnmpBadReply(type(indication).__name__)
        if status in AUTH_STATUSES:
            raise SnmpAuthFailed(f"error-status {status}")
        if status and asked > 1 and self.sizes.size(target) > 1:
            self.sizes.shrink(target)
            return None
        if status == NO_SUCH_NAME and target.version == "1":
            return []
        if status:
            raise SnmpBadReply(f"error-status {status}")
        self.sizes.good(target)
        return list(found)
