"""The demo as a running service: where it is, who may sign in, what its log says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .console import Problem
from .demo_app import HOME, Demo
from .supervisor import answers


@dataclass(frozen=True)
class Running:
    """A demo that answers."""

    url: str
    logins: dict[str, dict]
    log: Path

    def login(self, key: str) -> dict:
        """A login by its situation (``star``) or user name (``gerencia``)."""
        if key not in self.logins:
            raise Problem(f"the demo has no login {key!r}: make demo-reset and start it again")
        return self.logins[key]


def running() -> Running:
    """The demo of ``ISP_DEMO_HOME`` and ``DEMO_PORT``.

    :raises Problem: when it does not run.
    """
    demo = Demo()
    logins = HOME / "logins.json"
    if not logins.exists() or not answers(f"{demo.url}/web/health"):
        raise Problem(f"no demo answers at {demo.url}: start it with make demo-up (DEMO_PORT=…)")
    rows = json.loads(logins.read_text(encoding="utf-8"))
    by_key = {row.get("situation", row["login"]): row for row in rows}
    return Running(demo.url, by_key, HOME / "logs" / "odoo.log")
