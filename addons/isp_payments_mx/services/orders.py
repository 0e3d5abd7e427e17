"""The order_id of a charge: our key at Openpay, unique for ever."""

from __future__ import annotations

import hashlib

MAX_LENGTH = 100
SEPARATOR = "~"


def order_id(reference: str, database_uuid: str, transaction_id: int, method: str) -> str:
    """Return ``<reference>~<8 hex digits>``.

    The digits depend on the database and the row, so that a reference that is used again after a
    rollback, or by a copy of the database with the same merchant, gives another key.
    """
    seed = f"{database_uuid}|{transaction_id}|{method}"
    digits = hashlib.sha256(seed.encode()).hexdigest()[:8]
    return f"{reference[: MAX_LENGTH - 9]}{SEPARATOR}{digits}"


def reference_of(order: str | None) -> str:
    """Return the part before the last separator, or an empty string when there is none."""
    head, separator, _digits = (order or "").rpartition(SEPARATOR)
    return head if separator else ""
