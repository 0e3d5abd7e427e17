"""Injected faults: what can go wrong between a caller and the outside world.

Kinds:

- ``delay``: wait ``seconds``, then process and answer (the caller may have given up);
- ``refuse``: cut the connection before anything was processed;
- ``error``: answer ``status`` without processing;
- ``drop``: process, then cut the connection (the caller cannot know the outcome);
- ``slow_answer``: process at once, answer after ``seconds``;
- ``error_after``: process, then answer ``status`` (a broken gateway in between).
"""

import re
import threading
from dataclasses import asdict, dataclass
from typing import Any

BEFORE = ("delay", "refuse", "error")
AFTER = ("drop", "slow_answer", "error_after")


@dataclass
class Fault:
    """One rule: applies to ``times`` requests whose method and path match.

    :param path: regular expression searched in the path; empty matches all.
    :param seconds: how long to wait, in seconds.
    """

    kind: str
    method: str = ""
    path: str = ""
    seconds: float = 0.0
    status: int = 503
    times: int = 1
    body: Any = None

    def __post_init__(self):
        if self.kind not in BEFORE + AFTER:
            raise ValueError(f"unknown kind of fault: {self.kind}")
        self.seconds = float(self.seconds)
        self.times = int(self.times)
        re.compile(self.path)

    @property
    def before(self) -> bool:
        """Whether the fault acts before the request is processed."""
        return self.kind in BEFORE

    def matches(self, method: str, path: str) -> bool:
        """Whether this rule is about the request."""
        return self.method in ("", method) and bool(re.search(self.path, path))

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


class FaultBoard:
    """The armed faults of one simulator; thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, values: dict[str, Any]) -> Fault:
        """Arm a fault.

        :raises ValueError, TypeError: unknown kind or field.
        """
        fault = Fault(**values)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._faults.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """The armed faults, in order."""
        with self._lock:
            return [fault.as_dict() for fault in self._faults]

    def take(self, method: str, path: str) -> Fault | None:
        """The first armed fault that matches, used up once."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None
