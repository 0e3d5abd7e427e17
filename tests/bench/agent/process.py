"""The fast agent as a process, and the CPU that processes took."""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.console import Problem

HERE = Path(__file__).parent
FIRST = ipaddress.ip_address("127.10.0.1")
USER, AUTH, PRIV = "bench", "authpass1", "privpass1"
COMPILERS = ("cc", "gcc", "clang")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Network:
    """How many devices there are, and how they answer."""

    devices: int
    port: int
    lines: int = 40
    delay: float = 20.0  # milliseconds
    dead: int = 0  # how many fall silent when told

    def address(self, number: int) -> str:
        """The address of a device, from 0."""
        return str(FIRST + number)


def pace(counter: int) -> int:
    """Octets per hundredth of a second of a counter: 2 × line is its in, one more its out."""
    return 1000 + counter % 97


def compiler() -> str | None:
    """The C compiler, if there is one."""
    return next(filter(None, map(shutil.which, COMPILERS)), None)


def build(name: str, target: Path, *options: str) -> Path:
    """Compile one program of this folder.

    :raises Problem: there is no compiler, or it says no.
    """
    found = compiler()
    if not found:
        raise Problem("install a C compiler for this benchmark: apt-get install gcc libc6-dev")
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [found, "-O2", "-o", str(target), str(HERE / name), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"{name} could not be compiled: {done.stderr[:500]}")
    return target


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process took, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Agent:
    """The agent of a network: started on enter, ended on exit."""

    def __init__(self, network: Network, home: Path) -> None:
        self.network, self.home = network, home
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> Agent:
        program = build("agent.c", self.home / "agent", "-ldl")
        net = self.network
        numbers = (net.devices, net.port, net.lines, net.delay, net.dead)
        self.process = subprocess.Popen(
            [str(program), str(FIRST), *map(str, numbers), USER, AUTH, PRIV],
            stdout=subprocess.PIPE,
            text=True,
        )
        if not self.process.stdout.readline().startswith("ready"):
            raise Problem("the agent did not start: are its addresses or its port taken?")
        return self

    def __exit__(self, *_exc) -> None:
        self.process.terminate()
        self.process.wait(5)
        self.process.stdout.close()

    @property
    def cpu(self) -> float:
        """Seconds of CPU it took."""
        return cpu_of(self.process.pid)

    def turn(self) -> None:
        """Let the last devices fall silent, or speak again."""
        self.process.send_signal(signal.SIGUSR2)
        time.sleep(0.2)

    def hurry(self) -> None:
        """Put the clocks of all devices ahead by an hour, as one that was set."""
        self.process.send_signal(signal.SIGHUP)
        time.sleep(0.05)
