"""The outside world of a play: the simulated Openpay with its clock, and the postbox."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values

from tests.simulators.common.process import SimulatorProcess

from .names import MERCHANT, PRIVATE_KEY
from .postbox import Postbox

PATIENCE = 15.0
#: so long a payment whose message was lost may stay unknown: references are asked about daily
FOUND_AFTER = timedelta(hours=26)
TABLE = """
CREATE TEMP TABLE faults_charge (
    id text, order_id text, status text, amount numeric, method text, lost boolean,
    given numeric DEFAULT 0
) ON COMMIT DROP
"""


class Outside:
    """Openpay as the suite has it."""

    def __init__(self) -> None:
        self.postbox = Postbox()
        arguments = ("--merchant", MERCHANT, "--private-key", PRIVATE_KEY)
        self.simulator = SimulatorProcess("openpay", *arguments).start()
        self.simulator.post("/_control/webhook", {"url": self.postbox.url})
        self.now: datetime | None = None

    def close(self) -> None:
        """End both."""
        self.simulator.stop()
        self.postbox.close()

    def addresses(self) -> dict[str, str]:
        """What the steps inside Odoo need to know."""
        return {"simulator": self.simulator.url, "postbox": self.postbox.url}

    def move_to(self, moment: datetime, shift: float) -> None:
        """Set Openpay's clock; what is overdue there expires and is announced."""
        self.now = moment
        self.simulator.post("/_control/clock", {"shift_seconds": shift})
        self.settle()

    def calm(self) -> None:
        """No more faults, and everything announced is in the postbox."""
        self.simulator.delete("/_control/fault")
        self.settle()

    def settle(self) -> None:
        """Wait until the simulator has delivered what it had to say."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            rows = self.simulator.get("/_control/deliveries")
            if not any(row["status"] == "pending" for row in rows):
                return
            time.sleep(0.02)
        raise RuntimeError("the simulator does not deliver its messages")

    def charges(self) -> list[dict]:
        """Every charge that Openpay has."""
        return self.simulator.get("/_control/charges", timeout=30)

    def show(self, cursor: Cursor, lost: dict[str, datetime]) -> None:
        """Let invariants read the charges as the table ``faults_charge``.

        :param lost: charges whose message was lost, and when
        """
        cursor.execute(TABLE)
        rows = [
            (
                charge["id"],
                charge.get("order_id"),
                charge["status"],
                charge["amount"],
                charge["method"],
                charge["id"] in lost and lost[charge["id"]] + FOUND_AFTER > self.now,
                charge["given_back"],
            )
            for charge in self.charges()
        ]
        execute_values(cursor, "INSERT INTO faults_charge VALUES %s", rows)
