"""A ZIP that is sent while it is made: nothing of it stays in memory (APPNOTE 6.3, ZIP64).

The standard library keeps an object per file until the end; a month of 20,000 documents has
60,000 of them.  Here the directory grows in a temporary file.
"""

from __future__ import annotations

import datetime
import struct
import tempfile
import zlib
from collections.abc import Iterator

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_UTF8 = 0x800
_STORED, _DEFLATED = 0, 8
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3 << 8
_CHUNK = 1 << 16


class ZipStream:
    """Each method returns the bytes to send next; ``finish`` comes last."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryFile()  # noqa: SIM115 - closed by finish or close
        self._offset = 0
        self._count = 0

    def add(
        self, name: str, data: bytes, moment: datetime.datetime, compress: bool = True
    ) -> bytes:
        """One whole file.

        :param name: path inside the archive, with ``/``
        :param moment: local time shown by the reader; years before 1980 become 1980
        :param compress: False for what is compressed already
        """
        raw_name, crc = name.encode(), zlib.crc32(data)
        method = _DEFLATED if compress else _STORED
        body = _deflate(data) if compress else data
        if max(len(data), len(body)) >= _MAX32:
            raise ValueError(f"{name} is too large for this archive")
        version = 45 if self._offset >= _MAX32 else 20
        common = (_UTF8, method, *_dos(moment), crc, len(body), len(data), len(raw_name))
        head = _LOCAL.pack(b"PK\x03\x04", 20, *common, 0) + raw_name
        extra = struct.pack("<2HQ", 1, 8, self._offset) if version == 45 else b""
        offset = min(self._offset, _MAX32)
        tail = (len(extra), 0, 0, 0, _REGULAR_FILE, offset)
        entry = _CENTRAL.pack(b"PK\x01\x02", _UNIX | version, version, *common, *tail)
        self._directory.write(entry + raw_name + extra)
        self._offset += len(head) + len(body)
        self._count += 1
        return head + body

    def finish(self) -> Iterator[bytes]:
        """The directory, in pieces, and the end of the archive."""
        size = self._directory.tell()
        self._directory.seek(0)
        while chunk := self._directory.read(_CHUNK):
            yield chunk
        start, count = self._offset, self._count
        if count >= _MAX16 or start + size >= _MAX32:
            numbers = (count, count, size, start)
            yield _END64.pack(b"PK\x06\x06", 44, _UNIX | 45, 45, 0, 0, *numbers)
            yield _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1)
        entries = min(count, _MAX16)
        limits = (entries, entries, min(size, _MAX32), min(start, _MAX32), 0)
        yield _END.pack(b"PK\x05\x06", 0, 0, *limits)
        self.close()

    def close(self) -> None:
        """Forget the directory, also when the reader went away in the middle."""
        self._directory.close()


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _dos(moment: datetime.datetime) -> tuple[int, int]:
    """Time and date of MS-DOS, in steps of two seconds."""
    year = max(moment.year, 1980) - 1980
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, year << 9 | moment.month << 5 | moment.day
