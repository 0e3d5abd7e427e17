"""Start one process of the suite in a container: ``web``, ``cron``, ``collector`` or ``setup``.

Before that: read the secrets, make the Odoo configuration, wait for PostgreSQL and, unless
``ISP_STAGE`` is ``production``, neutralise the database. A copy of production therefore never
charges a card, stamps an invoice, polls a router or sends a message by accident.

- ``web``: HTTP and websocket workers, no crons.
- ``cron``: cron workers only.
- ``collector``: the traffic collector.
- ``setup``: install the addons in an empty database, update them in another; then end.
- anything else is run as a command of Odoo, for example ``shell`` or ``neutralize``.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from scripts import odoo_config

ADDONS = ("isp_subscription", "isp_portal", "isp_payments_mx", "isp_cfdi", "isp_traffic")
LANGUAGE = "es_MX"
PRODUCTION = "production"
STAGES = (PRODUCTION, "staging", "development")
#: Variables that may come from a file: ``NAME_FILE`` holds its path.
SECRETS = ("PGPASSWORD", "ODOO_ADMIN_PASSWD")
#: PostgreSQL advisory lock held while one container neutralises and the others wait.
LOCK = 190_019_001
PATIENCE = 120  # seconds
COMMANDS = {
    "web": ["--max-cron-threads=0"],
    "cron": ["--no-http", "--workers=1"],
    "collector": ["isp_collector"],
}

_logger = logging.getLogger("isp.entrypoint")


class StartError(Exception):
    """The process cannot start; the message is one line for the operator."""


def read_secrets(environ: MutableMapping[str, str]) -> None:
    """Put the contents of the secret files into the environment.

    :raises StartError: when a secret is given twice or its file cannot be read.
    """
    for name in SECRETS:
        path = environ.pop(f"{name}_FILE", "")
        if not path:
            continue
        if environ.get(name):
            raise StartError(f"{name} and {name}_FILE are both set")
        try:
            value = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise StartError(f"{name}_FILE: {error.strerror}: {path}") from None
        if not value:
            raise StartError(f"{name}_FILE is empty: {path}")
        environ[name] = value


def stage_of(environ: MutableMapping[str, str]) -> str:
    """The stage this container runs in.

    :raises StartError: for an unknown word, so that a typing error is not a stage.
    """
    stage = environ.get("ISP_STAGE", "staging")
    if stage not in STAGES:
        raise StartError(f"ISP_STAGE is {stage!r}: take one of {', '.join(STAGES)}")
    return stage


def connect(environ: MutableMapping[str, str], database: str) -> Any:
    """Open a connection; host, user and password come from ``PG*``."""
    import psycopg2

    connection = psycopg2.connect(dbname=database, connect_timeout=5)
    connection.autocommit = True
    return connection


def wait_for_database(
    open_connection: Callable[[], Any],
    patience: float = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return when PostgreSQL answers.

    :raises StartError: when it does not within ``patience`` seconds.
    """
    until = time.monotonic() + patience
    while True:
        try:
            open_connection().close()
            return
        except Exception as error:  # noqa: BLE001 - whatever the driver raises, wait
            if time.monotonic() >= until:
                reason = (str(error).strip().splitlines() or ["no answer"])[0]
                raise StartError(f"PostgreSQL does not answer: {reason}") from None
            sleep(1)


def _one(cursor: Any, query: str, *values: str) -> Any:
    cursor.execute(query, values)
    row = cursor.fetchone()
    return row and row[0]


def has_odoo(cursor: Any) -> bool:
    """Whether the connected database holds an Odoo."""
    return bool(_one(cursor, "SELECT to_regclass('public.ir_module_module') IS NOT NULL"))


def is_neutralised(cursor: Any) -> bool:
    """Whether the database says that it was neutralised."""
    query = "SELECT value FROM ir_config_parameter WHERE key = %s"
    return _one(cursor, query, "database.is_neutralized") in ("true", "True", "1")


def neutralise(cursor: Any, stage: str, run: Callable[[list[str]], int]) -> None:
    """Neutralise the database unless this is production; others wait meanwhile.

    :raises StartError: when it fails: a container must not start on a live copy.
    """
    if not has_odoo(cursor):
        return
    if stage == PRODUCTION:
        if is_neutralised(cursor):
            _logger.warning("ISP_STAGE is production, but the database was neutralised before")
        return
    cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    try:
        if not is_neutralised(cursor):
            _logger.info("ISP_STAGE is %s: neutralising the database", stage)
            if run(["neutralize"]) or not is_neutralised(cursor):
                raise StartError("the database could not be neutralised: not starting")
    finally:
        cursor.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def odoo(arguments: list[str], environ: Mapping[str, str]) -> list[str]:
    """Command line of Odoo in this environment.

    Odoo's script, not ``python -m odoo``: with workers the server starts itself again for the
    websockets from the path in its command line, and a module of a package cannot be started so.

    :raises StartError: when there is no Odoo.
    """
    script = shutil.which("odoo", path=environ.get("PATH"))
    if not script:
        raise StartError("there is no odoo on the PATH")
    return [sys.executable, script, *arguments]


def setup_arguments(installed: bool) -> list[str]:
    """Arguments that install the addons, or update those of an existing database."""
    addons = ",".join(ADDONS)
    what = [f"--update={addons}"] if installed else []
    # --init installs what is new and leaves alone what is there.
    what += [f"--init={addons}", f"--load-language={LANGUAGE}"]
    return [*what, "--no-http", "--max-cron-threads=0", "--workers=0", "--stop-after-init"]


def _configure(environ: MutableMapping[str, str]) -> str:
    try:
        text = odoo_config.render("production", variables=environ)
    except odoo_config.ConfigError as error:
        raise StartError(str(error)) from None
    path = Path(tempfile.mkdtemp()) / "odoo.conf"
    odoo_config.write(path, text)
    environ["ODOO_RC"] = str(path)
    return environ["ODOO_DB"]


def _database_exists(environ: MutableMapping[str, str], database: str) -> bool:
    connection = connect(environ, "postgres")
    try:
        with connection.cursor() as cursor:
            query = "SELECT true FROM pg_database WHERE datname = %s"
            return bool(_one(cursor, query, database))
    finally:
        connection.close()


def prepare(environ: MutableMapping[str, str]) -> bool:
    """Everything before the process itself; returns whether the database holds an Odoo."""
    stage = stage_of(environ)
    read_secrets(environ)
    database = _configure(environ)
    wait_for_database(lambda: connect(environ, "postgres"))
    if not _database_exists(environ, database):
        return False
    connection = connect(environ, database)
    try:
        with connection.cursor() as cursor:
            neutralise(
                cursor, stage, lambda words: subprocess.call(odoo(words, environ), env=environ)
            )
            return has_odoo(cursor)
    finally:
        connection.close()


def main(arguments: list[str], environ: MutableMapping[str, str]) -> int:
    """Prepare, then become the wanted process; only errors return."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    word, *rest = arguments or ["web"]
    try:
        installed = prepare(environ)
        words = setup_arguments(installed) if word == "setup" else COMMANDS.get(word, [word])
        command = odoo([*words, *rest], environ)
    except StartError as error:
        _logger.error("%s", error)
        return 1
    os.execve(command[0], command, dict(environ))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
