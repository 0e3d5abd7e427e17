"""SAT's short catalogues, with the Spanish texts that the printed form shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
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
