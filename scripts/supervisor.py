"""A group of processes: started in order, watched, stopped together and nothing else with them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .console import Problem, say

PR_SET_PDEATHSIG = 1
RESTARTS = 5


def _die_with_parent() -> None:
    """In the child: end when the supervisor is killed, however it is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def port_is_free(port: int, kind: int = socket.SOCK_STREAM) -> bool:
    """Whether a loopback port can be bound."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(url: str) -> bool:
    """Whether a URL answers 200 now. Proxies are for the outside, never for loopback."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def repeating(log: Path, pattern: str) -> Iterator[None]:
    """Say, while the block runs, what the first group of ``pattern`` finds in lines of a log."""
    done = threading.Event()

    def follow() -> None:
        seen = 0
        while True:
            last = done.wait(1)
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            for found in filter(None, (re.search(pattern, line) for line in lines[seen:])):
                say(f"  {found[1].strip()}")
            seen = len(lines)
            if last:
                return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@dataclass
class Process:
    """One process of the group. ``health`` is a URL that answers 200 when it is ready."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    health: str = ""
    patience: float = 90.0
    popen: subprocess.Popen | None = field(default=None, repr=False)
    restarts: int = 0

    def start(self, cwd: Path) -> None:
        """Start it in a session of its own: Ctrl-C reaches only the supervisor."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def alive(self) -> bool:
        """Whether it runs."""
        return self.popen is not None and self.popen.poll() is None

    def wait_ready(self) -> None:
        """Wait until it answers; a Problem when it ends or stays silent."""
        until = time.monotonic() + self.patience
        while self.health and not answers(self.health):
            if not self.alive():
                raise Problem(
                    f"{self.name} ended at its start ({self._last_line()}): see {self.log}"
                )
            if time.monotonic() > until:
                raise Problem(
                    f"{self.name} did not answer within {self.patience:.0f} s: see {self.log}"
                )
            time.sleep(0.1)

    def _last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return (lines or ["no output"])[-1][-160:]

    def stop(self, patience: float = 15.0) -> None:
        """Ask it to end, then kill its whole session."""
        if not self.alive():
            return
        self.popen.terminate()
        try:
            self.popen.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()


class Group:
    """Processes that live and end together."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd
        self.members: list[Process] = []

    def add(self, process: Process) -> None:
        """Start a process, wait until it is ready, and watch it from now on."""
        process.start(self.cwd)
        self.members.append(process)
        process.wait_ready()

    def watch(self) -> None:
        """Restart what ends by itself, until interrupted; give up after five restarts."""
        while True:
            time.sleep(1)
            for process in self.members:
                if process.alive():
                    continue
                process.restarts += 1
                if process.restarts > RESTARTS:
                    raise Problem(
                        f"{process.name} keeps ending ({process._last_line()}): see {process.log}"
                    )
                say(
                    f"{process.name} ended by itself; starting it again"
                    f" ({process.restarts} of {RESTARTS})"
                )
                process.start(self.cwd)

    def stop(self) -> None:
        """Stop everything, last started first."""
        for process in reversed(self.members):
            process.stop()
