"""Strange but documented answers of a PAC, armed one by one."""

import threading

KINDS = (
    "307_empty",
    "cancel_code_205",
    "cancel_code_708",
    "cancel_code_999",
    "cancel_code_",
    "empty",
    "html",
    "success_without_document",
    "uncontrolled",
)


class Modes:
    """A queue of strange answers; each is used up by one call."""

    def __init__(self):
        self._lock = threading.Lock()
        self._queue: list[str] = []

    def arm(self, kind: str, times: int = 1) -> None:
        """Queue a strange answer.

        :raises ValueError: unknown kind.
        """
        if kind not in KINDS:
            raise ValueError(f"unknown mode {kind!r}, one of {', '.join(KINDS)}")
        with self._lock:
            self._queue += [kind] * times

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._queue.clear()

    def take(self) -> str:
        """The next strange answer, empty when none is armed."""
        with self._lock:
            return self._queue.pop(0) if self._queue else ""
