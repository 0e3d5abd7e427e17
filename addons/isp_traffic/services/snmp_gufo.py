"""Adapter to gufo-snmp: fast, but without retries, error-status and multi-column GETBULK."""

import asyncio
from collections.abc import Sequence

from gufo.snmp import NoSuchInstance, SnmpVersion
from gufo.snmp.aio import SnmpSession

from .snmp_api import Oid, SnmpBadReply, SnmpTimeout, Target, Value, format_oid, parse_oid
from .snmp_guard import ColumnGuard, guarded, merge_columns
from .snmp_size import SizeBook, smaller

WALK_SECONDS = 60.0
VERSIONS = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c}


class GufoBackend:
    """SNMP through gufo-snmp."""

    name = "gufo"
    parallel = 200

    def __init__(self) -> None:
        self._sessions: dict[Target, SnmpSession] = {}
        self._locks: dict[Target, asyncio.Lock] = {}
        self.sizes = SizeBook()

    async def get(self, target: Target, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """See :class:`SnmpBackend`."""
        answer: dict[Oid, Value] = {}
        rest = list(oids)
        async with self._lock(target):
            while rest:
                chunk = rest[: self.sizes.size(target)]
                found = await self._get_chunk(target, chunk)
                if found is not None:
                    answer.update(found)
                    rest = rest[len(chunk) :]
        return answer

    async def walk(
        self, target: Target, columns: Sequence[Oid], max_rows: int
    ) -> dict[Oid, tuple[Value, ...]]:
        """See :class:`SnmpBackend`. Columns come one after the other."""
        async with self._lock(target):
            found = [await self._walk_column(target, column, max_rows) for column in columns]
        return merge_columns(found)

    async def aclose(self) -> None:
        """See :class:`SnmpBackend`. Sockets close with their sessions."""
        self._sessions.clear()
        self._locks.clear()

    # --- one request ---

    def _lock(self, target: Target) -> asyncio.Lock:
        return self._locks.setdefault(target, asyncio.Lock())

    def _session(self, target: Target) -> SnmpSession:
        if target.version not in VERSIONS:
            raise SnmpBadReply("version not supported")
        if target not in self._sessions:
            try:
                self._sessions[target] = SnmpSession(
                    target.host,
                    port=target.port,
                    community=target.community,
                    version=VERSIONS[target.version],
                    timeout=target.timeout,
                )
            except OSError as error:
                raise SnmpTimeout(type(error).__name__) from error
            except Exception as error:
                raise SnmpBadReply(type(error).__name__) from error
        return self._sessions[target]

    async def _get_chunk(self, target: Target, chunk: list[Oid]) -> dict[Oid, Value] | None:
        """One GET; None when the device could not answer that much and the size shrank."""
        try:
            raw = await self._try(target, lambda s: s.get_many(list(map(format_oid, chunk))))
        except SnmpTimeout:
            self.sizes.shrink(target)
            raise
        except SnmpBadReply:
            if len(chunk) == 1:
                raise
            self.sizes.shrink(target)
            return None
        if not raw:
            # tooBig, genErr and "none of them exists" look alike here: ask for less.
            if len(chunk) > 1:
                self.sizes.shrink(target)
                return None
            return {chunk[0]: await self._get_one(target, chunk[0])}
        found = {parse_oid(oid): value for oid, value in raw.items()}
        if not found.keys() <= set(chunk):
            raise SnmpBadReply("answer to another question")
        self.sizes.good(target)
        return {oid: found.get(oid) for oid in chunk}

    async def _get_one(self, target: Target, oid: Oid) -> Value:
        async def ask(session: SnmpSession) -> tuple[bool, Value]:
            try:
                return True, await session.get(format_oid(oid))
            except NoSuchInstance:
                return False, None

        exists, value = await self._try(target, ask)
        if exists and value is None:
            raise SnmpBadReply("error-status without value")
        return value

    async def _try(self, target: Target, ask):
        """Ask once and again `retries` times, since the library never repeats a request."""
        session = self._session(target)
        for left in range(target.retries, -1, -1):
            try:
                return await guarded(ask(session), target.timeout + 0.5)
            except SnmpTimeout:
                if not left:
                    raise
        raise SnmpTimeout("no try allowed")

    # --- walks ---

    async def _walk_column(self, target: Target, column: Oid, max_rows: int) -> dict[Oid, Value]:
        """Walk one column.

        The library hides error-status, so an end just after a full reply may be an error: such a
        walk is repeated with smaller requests until two of them agree.
        """
        size = self.sizes.size(target)
        before: dict[Oid, Value] | None = None
        while True:
            try:
                rows = await guarded(self._bulk(target, column, max_rows, size), WALK_SECONDS)
            except SnmpBadReply:
                if size == 1:
                    raise
                size, before = min(self.sizes.shrink(target), smaller(size)), None
                continue
            if before is not None and len(rows) > len(before):
                self.sizes.shrink(target)
            if size == 1 or len(rows) % size or (before and len(rows) == len(before)):
                return rows
            before, size = rows, smaller(size) if rows else 1

    async def _bulk(self, target: Target, column: Oid, max_rows: int, size: int) -> dict:
        guard = ColumnGuard(column, max_rows)
        rows = self._session(target).getbulk(format_oid(column), max_repetitions=size)
        left = target.retries
        while True:
            try:
                oid, value = await anext(rows)
            except StopAsyncIteration:
                return guard.rows
            except TimeoutError:
                if not left:
                    raise
                left -= 1
                continue
            if not guard.accept(parse_oid(oid), value):
                return guard.rows
