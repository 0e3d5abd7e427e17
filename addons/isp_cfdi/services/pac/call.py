"""One call to a PAC as a value: made where the database is, carried out by any thread."""

from __future__ import annotations

from dataclasses import dataclass

from .base import PacAdapter, StampAnswer
from .errors import PacError, PacUnknownOutcome


@dataclass(frozen=True)
class Reply:
    """What came of a call: an answer or an error."""

    answer: StampAnswer | None = None
    error: PacError | None = None


@dataclass(frozen=True)
class StampCall:
    """Send the bytes of a document, or ask about them.

    :param recover: ask what became of them instead of sending
    :param age: seconds since they were last sent
    """

    adapter: PacAdapter
    xml: bytes
    key: str
    recover: bool = False
    age: float = float("inf")

    def run(self) -> Reply:
        """Call; never raises, because nobody may lose what a PAC has done."""
        try:
            if self.recover:
                return Reply(self.adapter.recover(self.xml, self.key, self.age))
            return Reply(self.adapter.stamp(self.xml, self.key))
        except PacError as error:
            return Reply(error=error)
        except Exception as error:  # noqa: BLE001 - the outcome is unknown, whatever went wrong
            return Reply(error=PacUnknownOutcome("call", f"{type(error).__name__}: {error}"))
