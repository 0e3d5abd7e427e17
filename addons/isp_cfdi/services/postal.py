"""SAT's postal codes: state, border flag and the clock of the place."""

from __future__ import annotations

import datetime
import lzma
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from .errors import CfdiError
from .schema import RESOURCES


@dataclass(frozen=True)
class PostalCode:
    """One row of c_CodigoPostal.  ``border``: 0 none, 1 northern, 2 southern strip."""

    code: str
    state: str
    border: int
    zone: str


@lru_cache(maxsize=1)
def _table() -> tuple[list[str], dict[str, str]]:
    text = lzma.decompress((RESOURCES / "postal_codes.txt.xz").read_bytes()).decode()
    zones, *rows = text.splitlines()
    return zones.split(" "), {row[:5]: row[5:] for row in rows}


def postal_code(cp: str | None) -> PostalCode | None:
    """The row of ``cp``, None when SAT does not know it."""
    zones, rows = _table()
    row = rows.get(cp or "")
    if row is None:
        return None
    return PostalCode(cp or "", row[:3], int(row[3]), zones[int(row[4])])


def tz_for_cp(cp: str | None) -> ZoneInfo:
    """Time zone of a postal code; an unknown one is an error, never a default.

    Where SAT's label and the legal time differ this is the earlier clock.
    """
    found = postal_code(cp)
    if found is None:
        raise CfdiError(f"SAT does not know the postal code {cp or '(empty)'}")
    return ZoneInfo(found.zone)


def local_fecha(moment: datetime.datetime, cp: str | None, zone: str | None = None) -> str:
    """``Fecha`` of a document issued at ``moment`` (aware) in ``cp``.

    ``zone`` is the override of a company whose PAC reads the clock differently.
    """
    place = ZoneInfo(zone) if zone else tz_for_cp(cp)
    return moment.astimezone(place).strftime("%Y-%m-%dT%H:%M:%S")


def to_utc(fecha: str, cp: str | None, zone: str | None = None) -> datetime.datetime:
    """The aware UTC moment of a ``Fecha`` written in ``cp``."""
    place = ZoneInfo(zone) if zone else tz_for_cp(cp)
    naive = datetime.datetime.strptime(fecha, "%Y-%m-%dT%H:%M:%S")
    return naive.replace(tzinfo=place).astimezone(datetime.UTC)
