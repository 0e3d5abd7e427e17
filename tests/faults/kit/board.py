"""What a worker has done so far, readable after it was killed: shared memory, and a journal."""

from __future__ import annotations

import json
import mmap
import os
import struct
from pathlib import Path

FIELDS = ("statements", "commits", "open_writes", "step", "fired", "torn", "finished")
SIZE = 8 * len(FIELDS)


class Board:
    """A few counters in a shared file: what was written survives SIGKILL of the writer.

    ``open_writes`` counts the changes since the last commit. ``fired`` says that the kill of the
    job struck before its end, ``torn`` how many changes were open at that moment, ``finished``
    that the job came to its end.
    """

    def __init__(self, path: Path, create: bool = False) -> None:
        if create:
            path.write_bytes(bytes(SIZE))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)

    def __getitem__(self, field: str) -> int:
        return struct.unpack_from("q", self._map, 8 * FIELDS.index(field))[0]

    def __setitem__(self, field: str, value: int) -> None:
        struct.pack_into("q", self._map, 8 * FIELDS.index(field), value)

    def fire(self) -> None:
        """Note that the kill strikes now."""
        self["torn"] = self["open_writes"]
        self["fired"] = 1

    def add(self, field: str) -> int:
        """Count one more and return the new value."""
        value = self[field] + 1
        self[field] = value
        return value


class Journal:
    """What the caller learned: a line per event, handed to the kernel at once."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, **event) -> None:
        """Append an event."""
        os.write(self._file, json.dumps(event).encode() + b"\n")


def read_journal(path: Path) -> list[dict]:
    """The events of a journal; a last line cut short by a kill is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[:-1]]
