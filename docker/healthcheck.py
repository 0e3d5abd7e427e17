"""Is this container well? ``healthcheck.py web`` asks Odoo over HTTP, ``database`` only PostgreSQL.

A cron worker or the collector has no port: when its process ends, so does the container; what
remains to ask is whether it can reach the database.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request

TIMEOUT = 4  # seconds


def web(port: str) -> bool:
    """Whether Odoo answers and reaches its database."""
    url = f"http://127.0.0.1:{int(port)}/web/health?db_server_status=1"
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
        return answer.status == 200 and json.load(answer).get("status") == "pass"


def database() -> bool:
    """Whether PostgreSQL lets us in."""
    from entrypoint import connect, read_secrets

    read_secrets(os.environ)
    connect(os.environ, os.environ["ODOO_DB"]).close()
    return True


def main(kind: str) -> int:
    """Exit code: 0 well, 1 not."""
    try:
        well = web(os.environ.get("ODOO_HTTP_PORT", "8069")) if kind == "web" else database()
    except Exception as error:  # noqa: BLE001 - every failure means the same: not well
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "web"))
