"""Adapter to gufo-snmp: fast, but without retries, error-status and multi-column GETBULK."""

from collections.abc import Sequence

from gufo.snmp import NoSuchInstance, SnmpAuthError
from gufo.snmp.aio import SnmpSession

from .snmp_api import (
    Oid,
    SnmpAuthFailed,
    SnmpBadReply,
    SnmpTimeout,
    Target,
    Value,
    format_oid,
    parse_oid,
)
from .snmp_base import BaseBackend
from .snmp_guard import ColumnGuard, guarded, merge_columns
from .snmp_gufo_session import Sessions, SnmpUnreadable
from .snmp_size import smaller

WALK_SECONDS = 60.0


class GufoBackend(BaseBackend):
    """SNMP through gufo-snmp."""

    name = "gufo"
    parallel = 200

    def __init__(self) -> None:
        super().__init__()
        self._sessions = Sessions()

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

    def release(self, target: Target) -> None:
        """See :class:`SnmpBackend`. Each session has a socket: thousands are more than allowed."""
        self._sessions.drop(target)
        return super().release(target)

    async def aclose(self) -> None:
        """See :class:`SnmpBackend`. Sockets close with their sessions."""
        self._sessions.clear()
        self._locks.clear()

    # --- one request ---

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
        for oid in chunk:
            # The library leaves out what does not exist or is NULL, and what a device forgot.
            if oid not in found:
                found[oid] = await self._get_one(target, oid, answered=True)
        return found

    async def _get_one(self, target: Target, oid: Oid, answered: bool = False) -> Value:
        """Return one value; `answered`: the device did answer it with others, so it is no error."""

        async def ask(session: SnmpSession) -> tuple[bool, Value]:
            try:
                return True, await session.get(format_oid(oid))
            except NoSuchInstance:
                return False, None

        exists, value = await self._try(target, ask)
        # In v1 a missing value is an error-status, which the library does not show.
        if exists and value is None and not answered and target.version != "1":
            raise SnmpBadReply("error-status without value")
        return value

    async def _try(self, target: Target, ask):
        """Ask once and again `retries` times, since the library never repeats a request."""
        left = target.retries
        while True:
            kept = self._sessions.has(target)
            try:
                session = await self._sessions.open(target)
                return await guarded(self._ask(session, ask), target.timeout + 0.5)
            except SnmpTimeout as error:
                # Of v3 the library drops every report: a device that restarted looks silent.
                self._sessions.stale(target)
                if left > 0:
                    left -= 1
                    continue
                if isinstance(error, SnmpUnreadable):
                    raise SnmpAuthFailed(str(error)) from error
                raise
            except SnmpAuthFailed:
                # An engine whose clock was set refuses what it took before.
                self._sessions.stale(target)
                if not (kept and target.version == "3"):
                    raise

    @staticmethod
    async def _ask(session: SnmpSession, ask):
        try:
            return await ask(session)
        except SnmpAuthError as error:
            raise SnmpAuthFailed("refused") from error

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
        kept = self._sessions.has(target)
        session = await self._sessions.open(target)
        if target.version == "1":
            rows = session.getnext(format_oid(column))
        else:
            rows = session.getbulk(format_oid(column), max_repetitions=size)
        left = target.retries
        while True:
            try:
                oid, value = await anext(rows)
            except StopAsyncIteration:
                return guard.rows
            except SnmpAuthError as error:
                self._sessions.stale(target)
                if kept and target.version == "3":
                    return await self._bulk(target, column, max_rows, size)
                raise SnmpAuthFailed("refused") from error
            except TimeoutError:
                if not left:
                    self._sessions.stale(target)
                    raise
                left -= 1
                continue
            if not guard.accept(parse_oid(oid), value):
                return guard.rows
