"""SAT's short catalogues, with the Spanish texts that the printed form shows."""

from __future__ import annotations

import json
import lzma
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from types import MappingProxyType

from .schema import RESOURCES


@lru_cache(maxsize=1)
def _all() -> dict[str, dict]:
    return json.loads((RESOURCES / "catalogs.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=32)
def catalog(name: str) -> Mapping[str, str]:
    """Code -> Spanish text of ``name``: regimen, uso, forma_pago, producto, unidad, ..."""
    return MappingProxyType(_all()[name])


def label(name: str, code: str | None) -> str:
    """``601 General de Ley Personas Morales``; the code alone when it has no text."""
    text = _all()[name].get(code or "")
    return f"{code} {text}" if text else code or ""


def currency_decimals(code: str) -> int:
    """Decimals SAT allows for a currency; 2 for an unknown one."""
    return _all()["moneda_decimals"].get(code, 2)


def catalog_version() -> str:
    """Release of the package that the catalogues were taken from: 26.10.1 is October 2026."""
    return _all()["version"]["satcfdi"]


@lru_cache(maxsize=1)
def _products() -> array:
    steps = lzma.decompress((RESOURCES / "product_codes.txt.xz").read_bytes()).split()
    return array("L", accumulate(map(int, steps)))


@lru_cache(maxsize=1)
def _units() -> frozenset[str]:
    text = lzma.decompress((RESOURCES / "unit_codes.txt.xz").read_bytes()).decode()
    return frozenset(text.split("\n"))


@lru_cache(maxsize=256)
def known_product(code: str) -> bool:
    """Whether SAT's c_ClaveProdServ has ``code``."""
    if len(code) != 8 or not code.isdecimal():
        return False
    products, number = _products(), int(code)
    place = bisect_left(products, number)
    return place < len(products) and products[place] == number


def known_unit(code: str) -> bool:
    """Whether SAT's c_ClaveUnidad has ``code``."""
    return code in _units()
