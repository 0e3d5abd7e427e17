"""The suite's own PostgreSQL: killed like by a power cut, and started again."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil

from scripts.console import Problem
from scripts.postgres import PORT, Cluster

PATIENCE = 30.0
TRIES = 6
#: After a crash PostgreSQL syncs thousands of files one by one, which takes half a minute. A killed
#: process, unlike a power cut, leaves what it wrote with the kernel: one call for all is enough.
SETTINGS = """
recovery_init_sync_method = syncfs
"""


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_until_stopped(process: psutil.Process) -> None:
    """Wait out what the process was in the middle of, a fork perhaps."""
    until = time.monotonic() + 1.0
    while process.status() != psutil.STATUS_STOPPED and time.monotonic() < until:
        time.sleep(0.001)


def kill_tree(pid: int) -> int:
    """SIGKILL a process with all its children and wait until they are gone; how many they were.

    The parent is stopped first, so that it cannot fork between the count and the kill.
    """
    try:
        parent = psutil.Process(pid)
        parent.send_signal(signal.SIGSTOP)
        _wait_until_stopped(parent)
        family = [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return 0
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass
    until = time.monotonic() + PATIENCE
    while any(_alive(process) for process in family):
        if time.monotonic() > until:
            raise Problem(f"a killed process does not go away: {family}")
        time.sleep(0.005)
    return len(family)


class FaultCluster(Cluster):
    """A cluster that is killed: with fsync, so that what was committed must be there afterwards."""

    def __init__(self, name: str = "faults") -> None:
        super().__init__(name, durable=True)

    @property
    def postmaster(self) -> int:
        """Process id of the server."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def _create(self) -> None:
        super()._create()
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(SETTINGS)

    def kill(self) -> None:
        """SIGKILL the server and every process of it."""
        kill_tree(self.postmaster)

    def revive(self) -> float:
        """Start a killed server; returns the seconds until it answered (crash recovery)."""
        began = time.monotonic()
        for attempt in range(TRIES):
            self._forget_zombie()
            try:
                if not self.running():
                    self.start()
                break
            except Problem:  # a process of the dead server is still on its way out
                if attempt == TRIES - 1:
                    raise
                time.sleep(0.5)
        return time.monotonic() - began

    def _forget_zombie(self) -> None:
        """Remove the locks of a dead server where nobody buries it (containers without init)."""
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split()[0])
            zombie = psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except (FileNotFoundError, psutil.NoSuchProcess):
            return
        if zombie:
            lock.unlink()
            Path(self.socket, f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def kill_process(pid: int) -> None:
    """SIGKILL one process of ours; it may be gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
