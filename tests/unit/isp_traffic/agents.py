"""The agents every backend must agree with: Debian's snmpd, snmpsim, the fast agent, our own.

Each comes with what an oracle says of it that shares no code with the backends: the text of a
recording, snmpbulkwalk, or how the agent makes its values.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from isp_traffic_services.snmp_api import Oid, Target, Usm, Value, parse_oid
from isp_traffic_services.sources import IF_DESCR, IF_HC_IN, IF_HC_OUT, IF_NAME

from tests.bench.agent import process as fast
from tests.simulators.common import SimulatorProcess, free_port
from tests.simulators.snmp import netsnmp, snmpsim_agent

from . import walks

#: Seconds an agent has that will answer: a busy machine takes its time.
PATIENCE = 5.0
AGES = 120.0  # seconds; who waits for them waits for nothing
SYSTEM = parse_oid(walks.SYSTEM)
NOWHERE = parse_oid("1.3.6.1.4.1.99999.1")
PASSWORDS = {"auth_key": "authpass1", "priv_key": "privpass1"}
USERS = {
    "sha-aes": Usm("sha-aes", "SHA", priv="AES", **PASSWORDS),
    "sha256-aes": Usm("sha256-aes", "SHA256", priv="AES", **PASSWORDS),
    "md5-des": Usm("md5-des", "MD5", priv="DES", **PASSWORDS),
    "sha-only": Usm("sha-only", "SHA", "authpass1", "", ""),
    "sha-aes256": Usm("sha-aes256", "SHA", priv="AES256", **PASSWORDS),
    "sha224-aes192": Usm("sha224-aes192", "SHA224", priv="AES192", **PASSWORDS),
    "sha384-aes256": Usm("sha384-aes256", "SHA384", priv="AES256", **PASSWORDS),
    "sha512-aes": Usm("sha512-aes", "SHA512", priv="AES", **PASSWORDS),
}
WAYS = ("1", "2c", "sha-aes")
#: kind of agent -> the ways to ask it; v1 has no counters of 64 bits, so the fast agent has no v1
AGENTS = {
    "snmpd": (*WAYS, "sha256-aes", "md5-des", "sha-only"),
    "snmpsim-written": WAYS,
    "snmpsim-recorded": WAYS,
    "fast": ("2c", "sha-aes"),
    "own-written": ("1", "2c"),
    "own-recorded": ("1", "2c"),
    "own-router": ("1", "2c"),
}
#: OID of the walk they start from -> text of each value; before and after what is asked
Oracle = Callable[[Oid], dict[Oid, str]]


@dataclass(frozen=True)
class Agent:
    """An agent, one way to ask it, and what it must answer."""

    target: Target
    values: Mapping[Oid, Value]  # what never changes
    columns: tuple[Oid, ...]  # tables of which `values` has every row
    empty: tuple[Oid, ...] = (NOWHERE,)  # columns without a row
    counters: tuple[Oid, ...] = ()  # columns of moving counters of 64 bits
    oracle: Oracle | None = field(default=None, repr=False)

    def rows(self, *columns: Oid) -> dict[Oid, tuple[Value, ...]]:
        """Return the table of some columns, a hole is None."""
        parts = [
            {
                oid[len(column) :]: v
                for oid, v in self.values.items()
                if oid[: len(column)] == column
            }
            for column in columns
        ]
        indexes = sorted(set().union(*parts))
        return {index: tuple(part.get(index) for part in parts) for index in indexes}


def _asked(way: str, host: str, port: int, community: str, **values) -> Target:
    """Return a target; a user of the fast agent has another name."""
    values = {"timeout": PATIENCE, "retries": 0, **values}
    if way in USERS:
        return Target(host, port, "3", usm=USERS[way], **values)
    return Target(host, port, way, community, **values)


class Farm:
    """Agents that are started when somebody asks for them, and ended together."""

    def __init__(self, home: Path, recording: Path | None) -> None:
        self.home, self.recording = home, recording
        self._stack = ExitStack()
        self._running: dict[str, object] = {}

    def close(self) -> None:
        """End what was started."""
        self._stack.close()

    def agent(self, kind: str, way: str) -> Agent:
        """Return an agent of a kind; skips the test when it cannot be had on this machine."""
        name, _, walk = kind.partition("-")
        if walk == "router":
            return self._router(way)
        if walk:
            return self._walk(name, walk, way)
        return self._snmpd(way) if name == "snmpd" else self._fast(way)

    def _run(self, name: str, make: Callable):
        if name not in self._running:
            self._running[name] = self._stack.enter_context(make())
        return self._running[name]

    # --- Debian's ---

    def snmpd(self) -> netsnmp.Snmpd:
        """Return the snmpd of this run."""
        if not netsnmp.program("snmpd") or not netsnmp.program("snmpbulkwalk"):
            pytest.skip("snmpd or snmpbulkwalk is not installed (packages snmpd, snmp)")
        return self._run("snmpd", lambda: netsnmp.Snmpd(free_port()))

    def _snmpd(self, way: str) -> Agent:
        server = self.snmpd()
        found = server.walk("1.3.6.1.2.1.2.2.1.2")
        values = {parse_oid(oid): text.strip('"').encode() for oid, text in found.items()}
        values[*SYSTEM, 5, 0] = b"conformance"
        wide = () if way == "1" else (IF_HC_IN, IF_HC_OUT)
        return Agent(
            _asked(way, "127.0.0.1", server.port, "public"),
            values,
            (IF_DESCR,),
            (NOWHERE, parse_oid("2.999")) + (() if wide else (IF_HC_IN, IF_HC_OUT)),
            wide,
            _bulkwalk("127.0.0.1", server.port, "public"),
        )

    # --- walks, by snmpsim or by our own agent ---

    def _rows(self, walk: str) -> list[walks.Row]:
        if walk == "written":
            return walks.rows()
        if self.recording is None:
            pytest.skip("the recorded router is not beside this checkout")
        return list(walks.read(self.recording))

    def _walk(self, server: str, walk: str, way: str) -> Agent:
        rows = self._rows(walk)
        if server == "own":
            port, community = self.own().port, "written" if walk == "written" else "routeros"
        else:
            if not snmpsim_agent.installed():
                pytest.skip("snmpsim is not installed (requirements-test.lock)")
            text = walks.text_of(rows)
            made = self._run(walk, lambda: snmpsim_agent.Snmpsim(free_port(), text))
            port, community = made.port, snmpsim_agent.COMMUNITY
        lost = (walks.C64,) if way == "1" else ()
        values = {
            parse_oid(oid): walks.meaning(tag, value) for oid, tag, value in rows if tag not in lost
        }
        columns = walks.COLUMNS if walk == "written" else walks.RECORDED
        empty = walks.NO_ROWS if walk == "written" else walks.NOT_RECORDED
        return Agent(
            _asked(way, "127.0.0.1", port, community),
            values,
            tuple(map(parse_oid, columns)),
            tuple(map(parse_oid, empty)),
        )

    def own(self) -> SimulatorProcess:
        """Return our own agent with a router and both walks."""
        path = self.home / "written.snmprec"
        path.write_text(walks.text_of(walks.rows()), encoding="utf-8")
        files = [path, *([self.recording] if self.recording else [])]
        options = [part for file in files for part in ("--snmprec", str(file))]
        return self._run("own", lambda: SimulatorProcess("snmp", "--lines", "60", *options))

    def _router(self, way: str) -> Agent:
        server, name = self.own(), "torre-norte"
        lines = [row for row in server.get("/_control/lines") if row["device"] == name]
        values: dict[Oid, Value] = {(*IF_NAME, row["index"]): row["name"].encode() for row in lines}
        ports = enumerate(("ether1", "ether2", "sfp1", "bridge1"), 1)
        values |= {(*IF_NAME, index): port.encode() for index, port in ports}
        values[*SYSTEM, 5, 0] = name.encode()
        wide = () if way == "1" else (IF_HC_IN, IF_HC_OUT)
        return Agent(
            _asked(way, "127.0.0.1", server.port, name),
            values,
            (IF_NAME,),
            (NOWHERE, (*IF_NAME[:-1], 19)) + (() if wide else (IF_HC_IN, IF_HC_OUT)),
            wide,
            _bulkwalk("127.0.0.1", server.port, name),
        )

    # --- the fast one ---

    def fast(self, devices: int = 1, lines: int = walks.ROWS, delay: float = 0.0) -> fast.Agent:
        """Return a fast agent; each shape of network has one of its own."""
        if not fast.compiler():
            pytest.skip("the fast agent needs a C compiler (packages gcc, libc6-dev)")
        home = self.home / f"fast-{devices}"
        network = fast.Network(devices, free_port(), lines, delay)
        return self._run(f"fast-{devices}", lambda: fast.Agent(network, home))

    def _fast(self, way: str) -> Agent:
        network = self.fast().network
        host, numbers = network.address(0), range(1, network.lines + 1)
        values: dict[Oid, Value] = {
            (*IF_NAME, number): f"<pppoe-line{number:05d}>".encode() for number in numbers
        }
        values |= {(*SYSTEM, 1, 0): b"fast agent", (*SYSTEM, 2, 0): "1.3.6.1.4.1.14988.1"}
        target = _asked(way, host, network.port, "public")
        return Agent(
            replace(target, usm=fast_user() if target.usm else None),
            values,
            (IF_NAME,),
            (NOWHERE, (*IF_NAME[:-1], 2)),
            (IF_HC_IN, IF_HC_OUT),
            _bulkwalk(host, network.port, "public"),
        )


def fast_user() -> Usm:
    """Return the user of the fast agent."""
    return Usm(fast.USER, "SHA", fast.AUTH, "AES", fast.PRIV)


def _bulkwalk(host: str, port: int, community: str) -> Oracle:
    def ask(oid: Oid) -> dict[Oid, str]:
        if not netsnmp.program("snmpbulkwalk"):
            pytest.skip("snmpbulkwalk is not installed (package snmp)")
        found = netsnmp.bulkwalk(host, port, community, ".".join(map(str, oid)))
        return {parse_oid(name): text for name, text in found.items()}

    return ask
