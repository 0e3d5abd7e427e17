"""Walls between a library and us: no foreign exception and no endless walk gets through."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from .snmp_api import Oid, SnmpBadReply, SnmpError, SnmpTimeout

T = TypeVar("T")
EXITS = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)


async def guarded(awaitable: Awaitable[T], seconds: float) -> T:
    """Await a library call for at most `seconds`.

    A library in Rust may raise a panic that derives from BaseException, hence the wide net; only
    cancellation and interpreter exit pass.

    :raise SnmpTimeout: nothing came in time, or the port is closed.
    :raise SnmpBadReply: the library failed on the answer.
    """
    try:
        return await asyncio.wait_for(awaitable, seconds)
    except EXITS:
        raise
    except SnmpError:
        raise
    except OSError as error:  # includes TimeoutError and ConnectionRefusedError
        raise SnmpTimeout(type(error).__name__) from error
    except BaseException as error:
        raise SnmpBadReply(type(error).__name__) from error


class ColumnGuard:
    """Accept the rows of one column only while they grow, stay inside and are not too many."""

    def __init__(self, column: Oid, max_rows: int) -> None:
        self.column = column
        self.max_rows = max_rows
        self.rows: dict[Oid, object] = {}
        self._last: Oid = column

    def accept(self, oid: Oid, value: object) -> bool:
        """Store one varbind; False when the walk left the column.

        :raise SnmpBadReply: the OID does not increase, or there are too many rows.
        """
        if oid <= self._last:
            raise SnmpBadReply("OID not increasing")
        if oid[: len(self.column)] != self.column:
            return False
        if len(self.rows) >= self.max_rows:
            raise SnmpBadReply("too many rows")
        self._last = oid
        self.rows[oid[len(self.column) :]] = value
        return True


def merge_columns(columns: list[dict]) -> dict[Oid, tuple]:
    """Join columns by index; a cell that one column lacks is None."""
    indexes = sorted(set().union(*columns)) if columns else []
    return {index: tuple(column.get(index) for column in columns) for index in indexes}
