"""The outside world of a play: two PACs that know nothing of each other, each with its SAT."""

from __future__ import annotations

from datetime import datetime

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from tests.simulators.common.process import SimulatorProcess

from .names import PASSWORD, PROVIDERS, USER

TABLE = """
CREATE TEMP TABLE faults_stamp (
    pac text, uuid text, name text, sha256 text, status text, requested_at timestamp,
    replaces text
) ON COMMIT DROP
"""


class Outside:
    """Both PACs as the suite has them."""

    def __init__(self) -> None:
        arguments = ("--user", USER, "--password", PASSWORD)
        self.pacs = {name: SimulatorProcess("pac", *arguments).start() for name in PROVIDERS}
        self.shift = 0.0

    def close(self) -> None:
        """End both."""
        for simulator in self.pacs.values():
            simulator.stop()

    def addresses(self) -> dict:
        """What the steps inside Odoo need to know."""
        return {"pacs": {name: simulator.url for name, simulator in self.pacs.items()}}

    def move_to(self, shift: float) -> None:
        """Set the clocks of both."""
        self.shift = shift
        for simulator in self.pacs.values():
            simulator.post("/_control/clock", {"shift_seconds": shift})

    def calm(self) -> None:
        """No more faults."""
        for simulator in self.pacs.values():
            simulator.delete("/_control/fault")
            simulator.post("/_control/reset")

    def stamps(self) -> list[tuple]:
        """Every stamp of both PACs."""
        rows = []
        for name, simulator in self.pacs.items():
            for stamp in simulator.get("/_control/stamps", timeout=30):
                moment = stamp["requested_at"]
                asked = datetime.fromisoformat(moment).replace(tzinfo=None) if moment else None
                replaces = stamp["replaces"][0] if stamp["replaces"] else None
                known = (stamp["uuid"], stamp["name"], stamp["sent_sha256"], stamp["status"])
                rows.append((name, *known, asked, replaces))
        return rows

    def show(self, cursor: Cursor) -> None:
        """Let invariants read the stamps as the table ``faults_stamp``."""
        cursor.execute(TABLE)
        execute_values(cursor, "INSERT INTO faults_stamp VALUES %s", self.stamps())
