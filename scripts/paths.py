"""Where things are kept: under ``.cache`` of the checkout (see also ``scripts.postgres``)."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("ISP_CACHE") or ROOT / ".cache").resolve()
ADDONS = ROOT / "addons"
VENV = CACHE / "venv"
PYTHON = VENV / "bin" / "python"
#: in the order of their tests: who has one long part does not begin last, when a core is idle
OUR_ADDONS = ("isp_subscription", "isp_portal", "isp_traffic", "isp_payments_mx", "isp_cfdi")


def digest(*parts: bytes | str | Path) -> str:
    """Short stable name for contents: texts count as they are, paths by the files' bytes."""
    sha = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes()
        sha.update(part.encode() if isinstance(part, str) else part)
        sha.update(b"\0")
    return sha.hexdigest()[:16]


def write_whole(path: Path, text: str) -> None:
    """Write a small file whole or not at all, whatever stops us."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Let one process at a time into the block; the others wait. ``path`` is the lock's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
