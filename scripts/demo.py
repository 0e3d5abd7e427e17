"""The demo: the whole ISP on this machine. ``python3 -m scripts.demo run|up|down|status|reset``.

``DEMO_PORT`` (8069) is Odoo's port; the simulators take the six ports after it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import odoo_source, postgres, python_env
from .console import START, Problem, main, say
from .database import Databases
from .demo_app import CLUSTER, HOME, STATE, Demo, check_disk
from .paths import ROOT, write_whole
from .supervisor import answers

PIDFILE = HOME / "supervisor.pid"
LEAVING = 15.0  # seconds that the processes of a killed demo have for ending
ENDING = (signal.SIGTERM, signal.SIGHUP)


def running_pid() -> int | None:
    """Process id of the demo's supervisor, when one runs."""
    try:
        pid = int(PIDFILE.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        with contextlib.suppress(PermissionError):  # another user's: the command must do
            if Path(f"/proc/{pid}/cwd").resolve(strict=True) != ROOT:
                return None
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    return pid if b"scripts.demo" in command else None


def banner(demo: Demo) -> str:
    """What to open and how to sign in."""
    logins = (
        json.loads((HOME / "logins.json").read_text()) if (HOME / "logins.json").exists() else []
    )
    rows = [f"  {row['who']:<34} {row['login']:<26} {row['password']}" for row in logins]
    return "\n".join(
        [
            "",
            "The ISP runs.",
            "",
            f"  Área de clientes   {demo.url}/area-de-clientes",
            f"  Back office        {demo.url}/odoo",
            f"  Outside world      {demo.urls['lab']}  (pay a reference, stop a device)",
            "",
            f"  {'who':<34} {'user':<26} password",
            *rows,
            "",
            f"  ready after {time.monotonic() - START:.1f} s. Ctrl-C or make demo-down stops it.",
            "",
        ]
    )


# === COMMANDS === #


def run() -> int:
    """Prepare and run in the foreground until Ctrl-C."""
    if running_pid():
        raise Problem("the demo runs already: make demo-down stops it")
    python_env.check_python()
    demo = Demo()
    # a demo that ended in order took its file along: this one was killed
    demo.check_ports(LEAVING if PIDFILE.exists() else 0)
    check_disk()
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Problem("the demo is being started already") from error
        return _supervise(demo)


def _supervise(demo: Demo) -> int:
    write_whole(PIDFILE, str(os.getpid()))
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, _interrupt)
    try:
        python_env.ensure("run")
        python_env.link_odoo(odoo_source.ensure().python_path)
        with postgres.server(CLUSTER) as environment:
            try:
                databases = Databases(environment, HOME)
                demo.start_simulators()
                demo.prepare_database(databases)
                demo.start_odoo(databases)
                sys.stdout.write(banner(demo))
                sys.stdout.flush()
                (HOME / "ready").touch()
                demo.group.watch()
            finally:
                for number in (signal.SIGINT, *ENDING):  # once is enough
                    signal.signal(number, signal.SIG_IGN)
                say("stopping")
                demo.group.stop()
    finally:
        (HOME / "ready").unlink(missing_ok=True)
        PIDFILE.unlink(missing_ok=True)
    return 0


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def up() -> int:
    """Run in the background; returns when everything answers."""
    if running_pid():
        say("the demo runs already")
        sys.stdout.write(banner(Demo()))
        return 0
    python_env.check_python()
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "ready").unlink(missing_ok=True)
    log = HOME / "demo.log"
    with log.open("w") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "scripts.demo", "run"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return _until_ready(child, log)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise


def _until_ready(child: subprocess.Popen, log: Path) -> int:
    with log.open() as text:
        while True:
            ended = child.poll() is not None
            ready = (HOME / "ready").exists()
            sys.stdout.write(text.read())
            sys.stdout.flush()
            if ready or ended:
                return 0 if ready and not ended else child.returncode or 1
            time.sleep(0.2)


def down() -> int:
    """Stop the demo of this checkout, and nothing else."""
    pid = running_pid()
    if not pid:
        left = postgres.stop_orphan(CLUSTER)
        say("the demo does not run" + (": its PostgreSQL did, and is stopped" if left else ""))
        return 0
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 60
    while running_pid():
        if time.monotonic() > until:
            raise Problem("the demo does not stop: see .cache/demo/demo.log")
        time.sleep(0.1)
    say("stopped")
    return 0


def status() -> int:
    """Say whether the demo runs and answers."""
    if not running_pid():
        say("the demo does not run")
        return 1
    demo = Demo()
    for name, url in {
        "Odoo": f"{demo.url}/web/health",
        **{n: f"{u}/_control/health" for n, u in demo.urls.items()},
    }.items():
        say(f"{name}: {'answers' if answers(url) else 'silent'}")
    return 0


def reset() -> int:
    """Forget the demo's data; the next start makes it anew."""
    down()
    for path in (STATE, HOME / "openpay.state", HOME / "pac.state", HOME / "snmp.state"):
        path.unlink(missing_ok=True)
    say("the next make demo starts from nothing")
    return 0


COMMANDS = {"run": run, "up": up, "down": down, "status": status, "reset": reset}

if __name__ == "__main__":
    word = sys.argv[1] if len(sys.argv) > 1 else "run"
    if word not in COMMANDS:
        sys.exit(f"usage: python3 -m scripts.demo {'|'.join(COMMANDS)}")
    main(COMMANDS[word])
