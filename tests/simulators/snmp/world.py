"""The state of the simulated network: devices, their lines and what the tests did to them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .model import FIRST_INDEX, Line, boot_before, traffic

FAULTS = ("", "toobig", "generr", "truncate", "garbage", "repeat", "backwards", "empty")
FAULTS += ("noaccess", "otherid", "elsewhere", "mutate", "half", "huge", "extra", "length")


def now() -> datetime:
    """Return the present, in UTC."""
    return datetime.now(UTC)


@dataclass
class LineState:
    """Counters of one line: what was counted up to `since`, then the model or a fixed rate."""

    line: Line
    since: datetime
    down: int = 0
    up: int = 0
    rate: tuple[float, float] | None = None  # Mbit/s down, up
    present: bool = True
    comment: str = ""  # what the operator wrote beside the interface
    broken: int = 0  # sysUpTime when its counters were broken last, as the device tells it

    def counters(self, moment: datetime) -> tuple[int, int]:
        """Return the octets (in, out) at a moment."""
        if self.rate is None:
            down, up = traffic(self.line, self.since, moment)
        else:
            seconds = (moment - self.since).total_seconds()
            down, up = (int(mbps * 125_000 * seconds) for mbps in self.rate)
        return self.up + up, self.down + down

    def settle(self, moment: datetime) -> None:
        """Freeze what was counted, so that the rate can change from here on."""
        self.up, self.down = self.counters(moment)
        self.since = moment

    def restart(self, moment: datetime) -> None:
        """Start counting from zero."""
        self.since, self.down, self.up = moment, 0, 0


@dataclass
class Device:
    """One router, told apart by its community."""

    name: str
    boot: datetime
    lines: list[LineState] = field(default_factory=list)
    dead: bool = False
    first_index: int = FIRST_INDEX
    fault: str = ""
    delay: float = 0.0
    max_varbinds: int = 0
    discontinuity: bool = False  # shows ifCounterDiscontinuityTime; RouterOS 6.40.5 does not
    recorded: list[tuple] | None = None
    requests: int = 0

    def uptime(self, moment: datetime) -> int:
        """Return sysUpTime in hundredths of a second."""
        return int((moment - self.boot).total_seconds() * 100) % 2**32


class World:
    """All devices; every access holds the lock."""

    def __init__(self, lines: list[Line], clock: Callable[[], datetime] = now):
        self.clock = clock
        self.lock = threading.RLock()
        self.devices: dict[str, Device] = {}
        self.set_lines(lines)

    def set_lines(self, lines: list[Line]) -> None:
        """Replace the lines of all living routers; counters are those of the model."""
        with self.lock:
            kept = {n: d for n, d in self.devices.items() if d.recorded is not None}
            self.devices = kept
            for line in lines:
                device = self.devices.get(line.device)
                if device is None:
                    boot = boot_before(line.device, self.clock())
                    device = self.devices[line.device] = Device(line.device, boot)
                device.lines.append(LineState(line, device.boot))

    def add_recording(self, name: str, rows: list[tuple]) -> None:
        """Serve a recorded walk under a community."""
        with self.lock:
            self.devices[name] = Device(name, self.clock(), recorded=rows)

    def device(self, name: str) -> Device:
        """Return a device.

        :raises KeyError: there is none of that name.
        """
        return self.devices[name]

    def find(self, user: str, device: str = "") -> LineState:
        """Return the line of a PPP user.

        :raises KeyError: nobody has that name.
        """
        for state in self.lines():
            if state.line.user == user and device in ("", state.line.device):
                return state
        raise KeyError(user)

    def lines(self) -> list[LineState]:
        """Return every line."""
        return [state for device in self.devices.values() for state in device.lines]

    def set_rate(self, user: str, rate: tuple[float, float] | None, device: str = "") -> None:
        """Fix the speed of a line in Mbit/s (down, up), or give it back to the model."""
        with self.lock:
            state = self.find(user, device)
            state.settle(self.clock())
            state.rate = rate

    def reboot(self, name: str) -> None:
        """Restart a device: uptime and counters begin at zero."""
        with self.lock:
            device, moment = self.device(name), self.clock()
            device.boot = moment
            for state in device.lines:
                state.restart(moment)
                state.broken = 0

    def set_counters(self, user: str, octets: tuple[int, int], noted: bool) -> None:
        """Put the counters (in, out) of a line to values; `noted`: as a discontinuity."""
        with self.lock:
            state, moment = self.find(user), self.clock()
            state.up, state.down = octets
            state.since = moment
            if noted:
                state.broken = self.device(state.line.device).uptime(moment)

    def reconnect(self, user: str) -> None:
        """End a session and start a new one: counters at zero, another index."""
        with self.lock:
            state = self.find(user)
            state.restart(self.clock())
            device = self.device(state.line.device)
            device.lines.remove(state)
            device.lines.append(state)

    def snapshot(self) -> list[dict[str, Any]]:
        """Return every line with its counters, for the control interface."""
        with self.lock:
            moment = self.clock()
            return [
                self._describe(device, position, state, moment)
                for device in self.devices.values()
                for position, state in enumerate(device.lines)
            ]

    @staticmethod
    def _describe(device: Device, position: int, state: LineState, moment) -> dict[str, Any]:
        octets_in, octets_out = state.counters(moment)
        return {
            "device": device.name,
            "user": state.line.user,
            "name": state.line.name,
            "index": device.first_index + position,
            "plan_down_mbps": state.line.down_mbps,
            "plan_up_mbps": state.line.up_mbps,
            "rate": state.rate,
            "in_octets": octets_in,
            "out_octets": octets_out,
            "present": state.present,
        }

    # === STATE FILE === #

    def dump(self) -> dict[str, Any]:
        """Return what must survive a restart of the simulator."""
        with self.lock:
            for state in self.lines():
                state.settle(self.clock())
            return {
                "devices": {
                    device.name: {
                        "boot": device.boot.isoformat(),
                        "dead": device.dead,
                        "first_index": device.first_index,
                        "lines": [self._dump_line(state) for state in device.lines],
                    }
                    for device in self.devices.values()
                    if device.recorded is None
                }
            }

    @staticmethod
    def _dump_line(state: LineState) -> dict[str, Any]:
        line = state.line
        return {
            "line": [line.device, line.user, line.down_mbps, line.up_mbps, line.seed],
            "since": state.since.isoformat(),
            "down": state.down,
            "up": state.up,
            "rate": state.rate,
            "present": state.present,
        }

    def load(self, document: dict[str, Any]) -> None:
        """Take over what :meth:`dump` returned."""
        with self.lock:
            for name, stored in document.get("devices", {}).items():
                device = Device(name, datetime.fromisoformat(stored["boot"]))
                device.dead, device.first_index = stored["dead"], stored["first_index"]
                for row in stored["lines"]:
                    state = LineState(Line(*row["line"]), datetime.fromisoformat(row["since"]))
                    state.down, state.up, state.present = row["down"], row["up"], row["present"]
                    state.rate = tuple(row["rate"]) if row["rate"] else None
                    device.lines.append(state)
                self.devices[name] = device
