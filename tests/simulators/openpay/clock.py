"""The simulator's clock: real, shifted or stopped."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

CENTRAL = ZoneInfo("America/Mexico_City")


class Clock:
    """Time as the simulator sees it.

    ``stopped`` is an aware datetime at which time stands still, or None; ``shift`` is added to
    the real time.
    """

    def __init__(self):
        self.stopped: datetime | None = None
        self.shift = timedelta()

    def now(self) -> datetime:
        """The current time, aware, UTC."""
        return self.stopped or (datetime.now(UTC) + self.shift)

    def stamp(self, moment: datetime | None = None) -> str:
        """ISO 8601 to the second with the offset of central Mexico."""
        return (moment or self.now()).astimezone(CENTRAL).isoformat(timespec="seconds")

    def configure(self, now: str | None = None, shift_seconds: float | None = None) -> None:
        """Stop the clock at ``now`` (ISO 8601 with offset), or shift the real time, or reset.

        :raises ValueError: ``now`` is not an aware ISO 8601 time.
        """
        self.stopped = parse_time(now) if now else None
        self.shift = timedelta(seconds=shift_seconds or 0)


def parse_time(text: str) -> datetime:
    """An aware datetime from ISO 8601; without an offset it is central time, as the API reads it.

    :raises ValueError: not ISO 8601.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CENTRAL)
    return moment.astimezone(UTC)
