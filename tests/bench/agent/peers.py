"""The peers of the collector: snmp_exporter, net-snmp's asynchronous C client, pysnmp."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.console import Problem
from tests.simulators.common import free_port

from .process import AUTH, FIRST, PRIV, USER, Network, build, cpu_of

PACKAGES = {"prometheus-snmp-exporter": "usr/bin/prometheus-snmp-exporter", "libsnmp-dev": ""}
COLUMNS = ("1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10")
PARALLEL = 100
MODULE = """{name}:
  walk: [{columns}]
  metrics:
  - {{name: octetsIn, oid: {first}, type: counter, help: octets,
     indexes: [{{labelname: ifIndex, type: gauge}}]}}
  - {{name: octetsOut, oid: {last}, type: counter, help: octets,
     indexes: [{{labelname: ifIndex, type: gauge}}]}}
  version: {version}
  max_repetitions: 50
  auth: {auth}
"""
V3_AUTH = (
    "{{username: {}, security_level: authPriv, password: {}, auth_protocol: SHA,"
    " priv_protocol: AES, priv_password: {}}}"
)
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Cost:
    """What reading all counters once took: seconds of CPU, seconds on the wall."""

    counters: int
    cpu: float
    wall: float

    @property
    def per_thousand(self) -> float:
        """Milliseconds of CPU per 1,000 counters."""
        return 1e6 * self.cpu / self.counters


def best(costs: list[Cost]) -> Cost:
    """The median by CPU."""
    middle = statistics.median_low(cost.cpu for cost in costs)
    return next(cost for cost in costs if cost.cpu == middle)


def unpack(home: Path) -> Path:
    """Unpack the peers' Debian packages without installing them; the folder.

    :raises Problem: they cannot be had.
    """
    root = home / "peers"
    for package in PACKAGES:
        mark = root / f"{package}.done"
        if mark.exists():
            continue
        root.mkdir(parents=True, exist_ok=True)
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise Problem("the peers are Debian packages: apt-get and dpkg are needed")
        for command in (["apt-get", "-qq", "download", package],):
            subprocess.run(command, cwd=root, capture_output=True, check=False)
        files = sorted(root.glob(f"{package}_*.deb"))
        if not files:
            raise Problem(f"{package} could not be downloaded: run apt-get update")
        subprocess.run(["dpkg", "-x", str(files[-1]), str(root)], check=True)
        mark.touch()
    return root


class Exporter:
    """snmp_exporter, asked for every device of a network."""

    def __init__(self, home: Path) -> None:
        self.root, self.home, self.port = unpack(home), home, free_port()
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> Exporter:
        config = self.home / "snmp.yml"
        names = {"first": COLUMNS[0], "last": COLUMNS[1], "columns": ", ".join(COLUMNS)}
        v3 = V3_AUTH.format(USER, AUTH, PRIV)
        config.write_text(
            MODULE.format(name="v2c", version=2, auth="{community: public}", **names)
            + MODULE.format(name="v3", version=3, auth=v3, **names),
            encoding="utf-8",
        )
        program = self.root / PACKAGES["prometheus-snmp-exporter"]
        self.process = subprocess.Popen(
            [
                str(program),
                f"--config.file={config}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _attempt in range(100):
            try:
                self._scrape("/")
                return self
            except OSError:
                time.sleep(0.05)
        raise Problem("snmp_exporter does not answer")

    def __exit__(self, *_exc) -> None:
        self.process.terminate()
        self.process.wait(5)

    def _scrape(self, path: str) -> int:
        with _direct.open(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            text = answer.read()
        return text.count(b"\noctetsIn{") + text.count(b"\noctetsOut{")

    def measure(self, network: Network, version: str) -> Cost:
        """Scrape every device once."""
        module = "v3" if version == "3" else "v2c"
        paths = [
            f"/snmp?module={module}&target={network.address(n)}:{network.port}"
            for n in range(network.devices)
        ]
        used, began = cpu_of(self.process.pid), time.monotonic()
        with ThreadPoolExecutor(PARALLEL) as pool:
            counters = sum(pool.map(self._scrape, paths))
        return Cost(counters, cpu_of(self.process.pid) - used, time.monotonic() - began)


def c_client(home: Path, network: Network, version: str, rounds: int = 5) -> Cost:
    """net-snmp's asynchronous client: reads two columns of every device, stores nothing.

    :raises Problem: it does not build here.
    """
    root = unpack(home)
    includes = [root / "usr/include", root / "usr/include" / f"{os.uname().machine}-linux-gnu"]
    libraries = sorted(Path("/usr/lib").glob("*/libnetsnmp.so.*"))
    if not libraries:
        raise Problem("libnetsnmp is not installed")
    flags = (*(f"-I{path}" for path in includes), str(libraries[0]))
    program = build("client.c", home / "client", *flags)
    numbers = (network.devices, network.port, network.lines, rounds + 1)
    done = subprocess.run(
        [str(program), str(FIRST), *map(str, numbers), version, USER, AUTH, PRIV, str(PARALLEL)],
        env={**os.environ, "MIBS": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    rows = [line.split() for line in done.stdout.splitlines()][1:]  # the first meets the engines
    if not rows or any(int(row[2]) for row in rows):
        raise Problem(f"the C client failed: {done.stderr[:300]}")
    return best([Cost(int(row[0]), float(row[3]), float(row[4])) for row in rows])


PYSNMP = """
import asyncio, json, sys, time
import tests.conftest
from isp_traffic_services.poller import DeviceJob, LineJob, poll_devices
from isp_traffic_services.snmp_api import Target, Usm
version, port, lines, *addresses = sys.argv[1:]
usm = Usm({user!r}, "SHA", {auth!r}, "AES", {priv!r})
jobs = [
    DeviceJob(
        n,
        Target(address, int(port), version, "public", backend="pysnmp", usm=usm),
        tuple(LineJob(i, "mt_ppp", f"line{{i:05d}}", str(i)) for i in range(1, int(lines) + 1)),
    )
    for n, address in enumerate(addresses)
]
used, began = time.process_time(), time.monotonic()
results = asyncio.run(poll_devices(jobs, 300))
read = 2 * sum(len(result.readings) for result in results)
print(json.dumps([read, time.process_time() - used, time.monotonic() - began]))
"""


def pysnmp(network: Network, version: str, devices: int = 50) -> Cost:
    """Our own poller with the pysnmp backend, on a part of the network."""
    addresses = [network.address(n) for n in range(min(devices, network.devices))]
    text = PYSNMP.format(user=USER, auth=AUTH, priv=PRIV)
    done = subprocess.run(
        [sys.executable, "-c", text, version, str(network.port), str(network.lines), *addresses],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise Problem(f"the pysnmp backend failed: {done.stderr[-500:]}")
    counters, cpu, wall = (float(word) for word in done.stdout.strip("[]\n ").split(","))
    return Cost(int(counters), cpu, wall)
