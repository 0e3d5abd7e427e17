"""The adapters we have, by the code that ``isp.cfdi.pac`` stores."""

from __future__ import annotations

from .base import PacAdapter
from .finkok import FinkokAdapter
from .sw import SwAdapter

ADAPTERS: dict[str, type[PacAdapter]] = {"finkok": FinkokAdapter, "sw": SwAdapter}
