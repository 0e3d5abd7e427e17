"""Where things are kept. All state lives under ``.cache`` of the checkout."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("ISP_CACHE") or ROOT / ".cache").resolve()
ADDONS = ROOT / "addons"
VENV = CACHE / "venv"
PYTHON = VENV / "bin" / "python"
OUR_ADDONS = ("isp_subscription", "isp_portal", "isp_payments_mx", "isp_cfdi", "isp_traffic")


def digest(*parts: bytes | str | Path) -> str:
    """Short stable name for contents: texts count as they are, paths by the files' bytes."""
    sha = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes()
        sha.update(part.encode() if isinstance(part, str) else part)
        sha.update(b"\0")
    return sha.hexdigest()[:16]
