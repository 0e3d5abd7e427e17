"""The killer's side: starts Odoo, hands out jobs, kills, and reads what the dead left behind."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scripts.console import Problem
from scripts.database import Databases

from .board import Board, read_journal
from .dice import Effort, Kill
from .server import FaultCluster, kill_process

BOOT = 240.0
#: a job that takes longer hangs, which is a failure of its own
PATIENCE = 180.0


@dataclass
class Job:
    """Steps to be done on a moved day, by as many workers in turn as it takes."""

    database: str
    steps: list[dict]
    shift: float  # seconds from the machine's clock to the moved one
    done: set[int] = field(default_factory=set)
    memory: dict[str, dict] = field(default_factory=dict)
    events: list[dict] = field(default_factory=list)

    def learn(self, events: Iterable[dict]) -> None:
        """Take over what a worker noted."""
        for event in events:
            self.events.append(event)
            if event.get("done"):
                self.done.add(event["step"])
            if "memory" in event:
                self.memory.setdefault(str(event["step"]), {}).update(event["memory"])

    @property
    def finished(self) -> bool:
        """Whether every step was answered."""
        return len(self.done) == len(self.steps)


@dataclass
class Outcome:
    """What became of one worker."""

    code: int
    fired: bool  # the kill struck before the end of the job
    torn: int  # changes that were not committed at that moment
    doing: str  # the step, and the job of the scheduler in it
    effort: Effort
    events: list[dict]


class Worker:
    """One forked worker at its job."""

    def __init__(self, odoo: Odoo, job: Job, kill: Kill | None, gate: float) -> None:
        self.odoo, self.job, self.kill = odoo, job, kill
        self.base = odoo.folder / f"job-{odoo.number()}"
        self.board = Board(self.base.with_suffix(".board"), create=True)
        self.journal = self.base.with_suffix(".journal")
        self.journal.unlink(missing_ok=True)  # of a run that was interrupted
        self.began = time.monotonic()
        path = self.base.with_suffix(".json")
        path.write_text(json.dumps(self._order(gate)), encoding="utf-8")
        self.pid = odoo.fork(path)

    def _order(self, gate: float) -> dict:
        return {
            "database": self.job.database,
            "steps": self.job.steps,
            "done": sorted(self.job.done),
            "memory": self.job.memory,
            "shift": self.job.shift,
            "gate": gate,
            "board": str(self.base.with_suffix(".board")),
            "journal": str(self.journal),
            "kill": self.kill.as_job() if self.kill else {},
            "postmaster": self.odoo.cluster.postmaster,
        }

    def watch(self) -> int:
        """Wait for the end, kill at the chosen time, revive the database; the exit code."""
        revived = False
        while (code := self.odoo.ended(self.pid)) is None:
            spent = time.monotonic() - self.began
            if spent > PATIENCE:
                kill_process(self.pid)
                raise Problem(f"a worker hangs in step {self.job.steps[self.board['step']]}")
            delay = self.kill is not None and self.kill.point == "delay"
            if delay and spent >= self.kill.at and not self.board["fired"]:
                self._strike()
            if self.board["fired"] and self.kill.survives and not revived:
                self.odoo.cluster.revive()
                revived = True
        return code

    def _strike(self) -> None:
        if self.board["finished"]:
            return
        self.board.fire()
        if self.kill.victim == "odoo":
            kill_process(self.pid)
        else:
            self.odoo.cluster.kill()

    def outcome(self) -> Outcome:
        """Wait for the end and say what became of it; the job learns what was answered."""
        code = self.watch()
        seconds = time.monotonic() - self.began
        events = read_journal(self.journal)
        self.job.learn(events)
        board = self.board
        for suffix in (".board", ".json", ".journal"):
            self.base.with_suffix(suffix).unlink(missing_ok=True)
        effort = Effort(board["statements"], board["commits"], seconds)
        here = [event for event in events if event.get("step") == board["step"]]
        doing = self.job.steps[board["step"]]["do"]
        for job in [event["job"] for event in here if "job" in event][-1:]:
            doing = f"{doing}: {job}"
        return Outcome(code, bool(board["fired"]), board["torn"], doing, effort, events)


class Odoo:
    """An Odoo process on a database that forks workers; killed and started again at will."""

    def __init__(
        self,
        databases: Databases,
        cluster: FaultCluster,
        database: str,
        suite: str,
        folder: Path,
        warm: bool,
    ) -> None:
        self.databases, self.cluster, self.database = databases, cluster, database
        self.suite, self.folder, self.warm = suite, folder, warm
        self.log = folder / f"{database}.log"
        self.log.unlink(missing_ok=True)
        self._count = 0
        self._ended: dict[int, int] = {}
        self._text = b""
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Odoo:
        self.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self.kill()

    def number(self) -> str:
        """A new number for a job."""
        self._count += 1
        return f"{self.database}-{self._count}"

    def start(self) -> None:
        """Start the process and wait until Odoo is loaded."""
        options = ("--no-http", "--max-cron-threads=0", f"--logfile={self.log}")
        command = self.databases.odoo(self.database, *options)
        place = command.index("-m")
        command[place + 1 : place + 2] = ["tests.faults.kit.inside", self.suite]
        command += ["--warm"] if self.warm else []
        self._text = b""
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command,
                env=self.databases.odoo_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._await("ready", BOOT)

    def kill(self) -> None:
        """SIGKILL the process; its workers have ended."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def restart(self) -> None:
        """Kill and start again, as after a crash of the machine."""
        self.kill()
        self.start()

    def fork(self, path: Path) -> int:
        """Fork a worker for a job file; returns its process id."""
        self._process.stdin.write(f"{path}\n".encode())
        self._process.stdin.flush()
        return int(self._await("forked", 30.0)[1])

    def ended(self, pid: int) -> int | None:
        """The exit code of a worker, none while it lives."""
        self._listen(0.01)
        return self._ended.pop(pid, None)

    def _await(self, word: str, patience: float) -> list[str]:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            for line in self._listen(0.05):
                if line[0] == word:
                    return line
            if self._process.poll() is not None:
                raise Problem(f"Odoo did not start: see {self.log}")
        raise Problem(f"Odoo does not answer: see {self.log}")

    def _listen(self, patience: float) -> list[list[str]]:
        """Read the answers that are there; ends of workers are kept."""
        pipe = self._process.stdout.fileno()
        if not select.select([pipe], [], [], patience)[0]:
            return []
        self._text += os.read(pipe, 65536)
        *lines, self._text = self._text.split(b"\n")
        words = [line.decode().split() for line in lines]
        for line in words:
            if line[0] == "ended":
                self._ended[int(line[1])] = int(line[2])
        return words

    # === JOBS === #

    def run(self, job: Job, kill: Kill | None = None) -> Outcome:
        """Let one worker do what is left of the job."""
        return Worker(self, job, kill, 0.0).outcome()

    def run_together(self, jobs: list[Job]) -> list[Outcome]:
        """Let one worker per job start at the same moment."""
        gate = time.monotonic() + 0.3
        workers = [Worker(self, job, None, gate) for job in jobs]
        return [worker.outcome() for worker in workers]
