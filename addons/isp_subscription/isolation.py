"""Runs over many records: one that fails must never stop the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg2 import OperationalError


def reason_of(error: Exception) -> str:
    """Return what went wrong as staff read it; an error without text by its name."""
    return str(error) or type(error).__name__


def attempt(env, step: Callable[..., Any], *args) -> tuple[Exception | None, Any]:
    """Call ``step`` in a savepoint; an error rolls it back.

    :return: ``(error, result)``; one of them is ``None``
    :raises OperationalError: a lost connection or a serialization failure is not the fault of
        the record: the whole transaction is repeated
    """
    try:
        with env.cr.savepoint():
            result = step(*args)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 whatever a record does, the next one has its turn
        env.invalidate_all()
        return error, None
    return None, result
