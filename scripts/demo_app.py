"""What the demo consists of: ports, processes, database. The commands are in ``scripts.demo``."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from pathlib import Path

from . import odoo_config, postgres
from .console import Problem, step
from .database import Databases
from .paths import ADDONS, CACHE, OUR_ADDONS, PYTHON, ROOT, digest, write_whole
from .supervisor import Group, Process, port_is_free, repeating

HOME = Path(os.environ.get("ISP_DEMO_HOME") or CACHE / "demo").resolve()
CLUSTER = os.environ.get("ISP_PG_CLUSTER") or "demo"
STATE = HOME / "state.json"
DATABASE = postgres.own(f"isp_{HOME.name}")
FREE_BYTES = 4 << 30
SIMULATORS = ("openpay", "pac", "snmp", "lab", "mail", "smtp")


class Demo:
    """Ports, URLs and processes of one demo."""

    def __init__(self) -> None:
        try:
            self.port = int(os.environ.get("DEMO_PORT") or 8069)
        except ValueError as error:
            raise Problem("DEMO_PORT must be a number, for example DEMO_PORT=9069") from error
        if not 1024 <= self.port <= 65000:
            raise Problem("DEMO_PORT must lie between 1024 and 65000")
        ports = {name: self.port + 1 + index for index, name in enumerate(SIMULATORS)}
        self.ports = ports
        self.url = f"http://127.0.0.1:{self.port}"
        self.urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.group = Group(ROOT)

    # === CHECKS === #

    def _taken(self) -> list[int]:
        wanted = [self.port, *self.ports.values()]
        taken = [port for port in wanted if not port_is_free(port)]
        if not port_is_free(self.ports["snmp"], socket.SOCK_DGRAM):
            taken.append(self.ports["snmp"])
        return taken

    def check_ports(self, patience: float = 0) -> None:
        """One clear line when something else listens where the demo wants to.

        :param patience: seconds to wait for processes of a killed demo, which end by themselves.
        """
        until = time.monotonic() + patience
        while (taken := self._taken()) and time.monotonic() < until:
            time.sleep(0.2)
        if taken:
            raise Problem(
                f"port {taken[0]} is taken by another program: stop it, or choose another"
                " with DEMO_PORT=9069 make demo"
            )

    # === PROCESSES === #

    def _simulator(self, name: str, *arguments: str) -> Process:
        command = [
            str(PYTHON),
            "-m",
            f"tests.simulators.{name}",
            "--port",
            str(self.ports[name]),
            *arguments,
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        return Process(
            f"simulator {name}",
            command,
            environment,
            HOME / "logs" / f"{name}.log",
            f"{self.urls[name]}/_control/health",
        )

    def start_simulators(self) -> None:
        """Openpay, PAC/SAT, SNMP, the post office and the page that explains them."""
        HOME.mkdir(parents=True, exist_ok=True)
        with step("simulators: Openpay, PAC and SAT, SNMP, mail"):
            self.group.add(self._simulator("openpay", "--state", str(HOME / "openpay.state")))
            self.group.add(self._simulator("pac", "--state", str(HOME / "pac.state")))
            self.group.add(
                self._simulator(
                    "snmp",
                    *("--control-port", str(self.ports["snmp"]), "--lines", "60"),
                    *("--state", str(HOME / "snmp.state")),
                )
            )
            self.group.add(
                self._simulator(
                    "mail",
                    *("--smtp-port", str(self.ports["smtp"])),
                    *("--state", str(HOME / "mail.jsonl")),
                )
            )
            links = [
                part
                for name in ("openpay", "pac", "snmp", "mail")
                for part in (f"--{name}", self.urls[name])
            ]
            self.group.add(self._simulator("lab", *links, "--portal", self.url))

    def start_odoo(self, databases: Databases) -> None:
        """The web server with its cron threads, and the traffic collector."""
        environment = {**databases.odoo_environment(), **self.environment()}
        conf = self._configuration(databases)
        with step("Odoo: starting"):
            self.group.add(
                Process(
                    "Odoo",
                    databases.odoo(DATABASE, "-c", str(conf), f"--http-port={self.port}"),
                    environment,
                    HOME / "logs" / "odoo.log",
                    f"{self.url}/web/health",
                    patience=180,
                )
            )
        self.group.add(
            Process(
                "traffic collector",
                databases.odoo(DATABASE, "-c", str(conf), command="isp_collector"),
                environment,
                HOME / "logs" / "collector.log",
            )
        )

    def _configuration(self, databases: Databases):
        path = HOME / "odoo.conf"
        path.write_text(odoo_config.render("demo", {"data_dir": str(databases.data_dir)}))
        return path

    def environment(self) -> dict[str, str]:
        """Addresses of the simulators for the scripts that fill the demo."""
        return {
            "ISP_DEMO_HOME": str(HOME),
            "ISP_DEMO_URL": self.url,
            **{f"ISP_DEMO_{name.upper()}": url for name, url in self.urls.items()},
        }

    # === DATABASE === #

    def prepare_database(self, databases: Databases) -> None:
        """Make the demo database, or bring the kept one up to date with the addons."""
        state = json.loads(STATE.read_text()) if STATE.exists() else {}
        if state.get("server", databases.server) != databases.server:
            state = {}  # logins and simulators belong to the data on the other server
        sources = sources_digest()
        if not databases.exists(DATABASE) or not state:
            self._make_database(databases)
        else:
            if state.get("sources") != sources:
                with step("Odoo: updating the demo database to the changed addons"):
                    databases.run_odoo(
                        DATABASE,
                        "-u",
                        ",".join(OUR_ADDONS),
                        "--stop-after-init",
                        "--no-http",
                        "--max-cron-threads=0",
                        log=HOME / "logs" / "update.log",
                    )
            if state.get("port") != self.port:
                self._script(databases, DATABASE, "connect")
        kept = {"sources": sources, "port": self.port, "server": databases.server}
        write_whole(STATE, json.dumps(kept))

    def _script(self, databases: Databases, database: str, name: str) -> None:
        databases.environment.update(self.environment())
        text = f"from scripts.demo_data import {name}\n{name}.run(env)\n"
        log = HOME / "logs" / f"{name}.log"
        log.unlink(missing_ok=True)
        with repeating(log, " INFO .* scripts.demo_data[^:]*: demo data: (.*)"):
            databases.run_odoo(
                database,
                "--no-http",
                "--log-level=warn",
                "--log-handler=scripts:INFO",
                "--max-cron-threads=0",
                command="shell",
                text=text,
                log=log,
            )

    def _make_database(self, databases: Databases) -> None:
        STATE.unlink(missing_ok=True)
        template = databases.template()
        part = f"{DATABASE}_part"
        with step(f"Odoo: installing {', '.join(OUR_ADDONS)}"):
            databases.copy(template, part)
            databases.install(part, OUR_ADDONS, HOME / "logs" / "install.log")
        with step("demo data: six months of billing, payments, CFDI and traffic"):
            self._fill(databases, part)
        databases.rename(part, DATABASE)

    def _fill(self, databases: Databases, database: str) -> None:
        self._script(databases, database, "build")


def sources_digest() -> str:
    """Stable name of the addons' present contents."""
    files = sorted(
        path
        for path in ADDONS.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "tests" not in path.parts
    )
    return digest(*(part for path in files for part in (str(path.relative_to(ADDONS)), path)))


def check_disk() -> None:
    """Refuse to begin on a disk that cannot hold the result."""
    CACHE.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(CACHE).free
    if free < FREE_BYTES and not (HOME / "state.json").exists():
        raise Problem(
            f"only {free >> 20} MB are free on the disk: the demo needs about {FREE_BYTES >> 20} MB"
        )
