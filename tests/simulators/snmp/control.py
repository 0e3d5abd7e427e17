"""Control interface: what a test or the page of the demo may do to the network."""

from collections.abc import Callable
from typing import Any

from ..common import App, HttpError, Request, StateFile
from .model import Line
from .world import FAULTS, World


class Control:
    """Routes under ``/_control``; errors are JSON with status 400 or 404."""

    def __init__(self, world: World, state: StateFile):
        self.world = world
        self.state = state

    def app(self) -> App:
        """Return the web application."""
        app = App("snmp")
        app.health = self.health
        app.add("GET", "/_control/lines", lambda _request: self.world.snapshot())
        app.add("GET", "/_control/devices", lambda _request: self.devices())
        for path, action in {
            "lines": self.set_lines,
            "rate": self.set_rate,
            "reboot": lambda data: self.world.reboot(data["device"]),
            "kill": lambda data: self.set_dead(data, True),
            "revive": lambda data: self.set_dead(data, False),
            "shift": self.shift,
            "reconnect": lambda data: self.world.reconnect(data["user"]),
            "line": self.set_present,
            "counters": self.set_counters,
            "device": self.set_device,
        }.items():
            app.add("POST", f"/_control/{path}", self._route(action))
        return app

    def _route(self, action: Callable[[dict], Any]) -> Callable[[Request], Any]:
        def handle(request: Request) -> dict[str, Any]:
            try:
                with self.world.lock:
                    action(request.json_or_empty())
                    if self.state.path:
                        self.state.save(self.world.dump())
            except KeyError as error:
                raise HttpError(404, {"error": f"not found or missing: {error}"}) from error
            except (TypeError, ValueError) as error:
                raise HttpError(400, {"error": str(error)}) from error
            return {"ok": True}

        return handle

    def health(self) -> dict[str, Any]:
        """Return figures for the health answer."""
        with self.world.lock:
            return {"devices": len(self.world.devices), "lines": len(self.world.lines())}

    def devices(self) -> list[dict[str, Any]]:
        """Describe every device."""
        with self.world.lock:
            moment = self.world.clock()
            return [
                {
                    "device": device.name,
                    "dead": device.dead,
                    "boot": device.boot.isoformat(),
                    "uptime": device.uptime(moment),
                    "lines": len(device.lines),
                    "recorded": device.recorded is not None,
                    "fault": device.fault,
                    "delay": device.delay,
                    "max_varbinds": device.max_varbinds,
                    "requests": device.requests,
                }
                for device in self.world.devices.values()
            ]

    def set_lines(self, data: dict) -> None:
        """``{"lines": [{"device", "user", "down_mbps", "up_mbps", "seed"}]}`` replaces all."""
        self.world.set_lines([Line(**line) for line in data["lines"]])

    def set_rate(self, data: dict) -> None:
        """``{"user", "down_mbps", "up_mbps"}`` fixes a speed; without figures the model rules."""
        rate = None
        if data.get("down_mbps") is not None:
            rate = (float(data["down_mbps"]), float(data.get("up_mbps") or 0))
        self.world.set_rate(data["user"], rate, data.get("device", ""))

    def set_dead(self, data: dict, dead: bool) -> None:
        """``{"device"}`` stops or resumes answering."""
        self.world.device(data["device"]).dead = dead

    def shift(self, data: dict) -> None:
        """``{"device", "by"}`` renumbers the sessions without restarting them."""
        self.world.device(data["device"]).first_index += int(data.get("by", 100))

    def set_present(self, data: dict) -> None:
        """``{"user", "present", "comment"}`` takes a session away, or names its interface."""
        state = self.world.find(data["user"])
        state.present = bool(data.get("present", state.present))
        state.comment = str(data.get("comment", state.comment))

    def set_counters(self, data: dict) -> None:
        """``{"user", "in_octets", "out_octets", "noted"}`` puts counters to values.

        Noted, the device tells it as a discontinuity; else nobody can tell it from traffic.
        """
        octets = int(data["in_octets"]), int(data["out_octets"])
        self.world.set_counters(data["user"], octets, bool(data.get("noted")))

    def set_device(self, data: dict) -> None:
        """``{"device", "fault", "delay", "max_varbinds", "discontinuity"}``: how it behaves."""
        device = self.world.device(data["device"])
        fault = data.get("fault", device.fault) or ""
        if fault not in FAULTS:
            raise ValueError(f"unknown fault, use one of {FAULTS}")
        device.fault = fault
        device.delay = float(data.get("delay", device.delay))
        device.discontinuity = bool(data.get("discontinuity", device.discontinuity))
        device.max_varbinds = int(data.get("max_varbinds", device.max_varbinds))
