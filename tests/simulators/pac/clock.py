"""The simulator's clock: the machine's, shifted or stopped by the control interface."""

import datetime
import threading
from zoneinfo import ZoneInfo

CENTRO = ZoneInfo("America/Mexico_City")


class Clock:
    """Aware UTC time; ``set`` stops it at a moment, None lets it run again, ``shift`` moves it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._fixed: datetime.datetime | None = None
        self._shift = datetime.timedelta()

    def shift(self, seconds: float) -> None:
        """Run so many seconds ahead of the machine's clock."""
        with self._lock:
            self._shift = datetime.timedelta(seconds=seconds)

    def set(self, moment: str | None) -> None:
        """Stop at an ISO moment (UTC when it names no zone).

        :raises ValueError: not an ISO moment.
        """
        fixed = datetime.datetime.fromisoformat(moment) if moment else None
        if fixed is not None and fixed.tzinfo is None:
            fixed = fixed.replace(tzinfo=datetime.UTC)
        with self._lock:
            self._fixed = fixed

    def now(self) -> datetime.datetime:
        """Aware UTC time."""
        with self._lock:
            return self._fixed or datetime.datetime.now(datetime.UTC) + self._shift

    def centro(self) -> str:
        """Mexico City time as SAT writes it."""
        return self.now().astimezone(CENTRO).strftime("%Y-%m-%dT%H:%M:%S")
