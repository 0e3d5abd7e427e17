"""Everything a merchant account remembers, in memory and optionally in a file."""

import copy
import hashlib
import secrets
import threading
from contextlib import contextmanager
from typing import Any

from ..common import StateFile

COLLECTIONS = (
    "customers",
    "tokens",
    "cards",
    "charges",
    "webhooks",
    "deliveries",
    "bankaccounts",
    "transfers",
    "payouts",
    "fees",
    "plans",
    "subscriptions",
)
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Store:
    """Named collections of JSON-able records in order of creation.

    All access goes through :meth:`transaction`, which serialises requests and writes the state
    file before the answer leaves, so that a killed simulator forgets nothing it has said.

    :param state: where to keep the state.
    :param seed: makes ids and references repeatable; empty is random.
    """

    def __init__(self, state: StateFile | None = None, seed: str = ""):
        self._lock = threading.RLock()
        self._state = state or StateFile()
        document = self._state.load()
        self.seed = document.get("seed") or seed or secrets.token_hex(8)
        self.counter = document.get("counter", 0)
        self.used_order_ids: dict[str, str] = document.get("used_order_ids", {})
        for name in COLLECTIONS:
            setattr(self, name, document.get(name, {}))

    @contextmanager
    def transaction(self):
        """Exclusive access; the state file is written at the end, also after a refusal."""
        with self._lock:
            try:
                yield self
            finally:
                self._state.save(self._document())

    @contextmanager
    def reading(self):
        """Exclusive access for reading: nothing is written."""
        with self._lock:
            yield self

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = {name: getattr(self, name) for name in COLLECTIONS}
        document.update(seed=self.seed, counter=self.counter, used_order_ids=self.used_order_ids)
        return document

    def reset(self) -> None:
        """Forget every record; ids go on counting."""
        for name in COLLECTIONS:
            getattr(self, name).clear()
        self.used_order_ids.clear()

    def rename(self, old: str, new: str) -> dict[str, Any] | None:
        """Give a record a known id, as a vendor's tests expect some to exist; None if unknown."""
        for name in COLLECTIONS:
            records = getattr(self, name)
            if old in records:
                items = [(new if key == old else key, value) for key, value in records.items()]
                records.clear()
                records.update(items)
                records[new] |= {key: new for key in ("id", "_key") if key in records[new]}
                return records[new]
        return None

    def _random(self, purpose: str) -> int:
        self.counter += 1
        digest = hashlib.sha256(f"{self.seed}:{self.counter}:{purpose}".encode()).digest()
        return int.from_bytes(digest, "big")

    def new_id(self, prefix: str) -> str:
        """A 20 character id as the API makes them."""
        number = self._random(prefix)
        text = ""
        while len(text) + len(prefix) < 20:
            number, rest = divmod(number, len(ALPHABET))
            text += ALPHABET[rest]
        return prefix + text

    def digits(self, length: int, prefix: str = "") -> str:
        """A string of digits of the given length."""
        number = self._random("digits") % 10 ** (length - len(prefix))
        return prefix + str(number).zfill(length - len(prefix))


def public(record: dict[str, Any]) -> dict[str, Any]:
    """A copy of a record without the fields that only the simulator needs."""
    return {key: copy.deepcopy(value) for key, value in record.items() if not key.startswith("_")}
