"""Kills while money goes back: the suite of payments, with refunds that managers order.

Cards get theirs by Openpay, which loses answers and takes several refunds of one charge, so that a
request that is sent twice pays twice. References are paid out by transfer and noted.
"""

from __future__ import annotations

from scripts.faults import Options
from scripts.stages import Tally
from tests.faults.kit.stage import Stage
from tests.faults.openpay import refund_invariants, refund_scenario
from tests.faults.payments import ADDONS, INVARIANTS, PaymentSuite, play_all


class RefundSuite(PaymentSuite):
    """One run of the suite."""

    scenario = refund_scenario
    invariants = (*INVARIANTS, *refund_invariants.INVARIANTS)


def run(options: Options) -> Tally:
    """Run the suite."""
    with Stage("refunds", ADDONS, "tests.faults.openpay.refund_steps").open() as stage:
        return play_all(RefundSuite(stage, options))
