import logging
import random

from freezegun import freeze_time

from odoo.tests import tagged

from .common import IspCommon
from .ledger_oracle import LedgerOracleMixin
from .ledger_world import World

_logger = logging.getLogger(__name__)
STEPS = 160


@tagged("post_install", "-at_install")
class TestRandomSequence(LedgerOracleMixin, IspCommon):
    """After every step of a random life the ledger and the general ledger say the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.isp_suspended_billing = "skip"

    def _live(self, seed, steps):
        """Live ``steps`` random steps from ``seed`` and check the books after each."""
        rng = random.Random(seed)
        with freeze_time("2027-01-05 18:00:00") as clock:
            world = World(self, clock, rng)
            postpaid = self._create_plan("Pospago", 512.37, 80.0, 30.0, isp_billing_mode="postpaid")
            world.add_service(anchor_day=31)
            world.add_service(anchor_day=15, plan_id=self.plan_100.id)
            world.add_service(partner_id=self.other_customer.id, anchor_day=29)
            world.add_service(partner_id=self.other_customer.id, anchor_day=1, plan_id=postpaid.id)
            for index in range(steps):
                name = world.step()
                with self.subTest(seed=seed, step=index, name=name, day=str(world.today)):
                    self._assert_books(world.services, world.today)
                if not self._outcome.success:
                    break
        refused = {name: len(reasons) for name, reasons in world.refused.items()}
        _logger.info("Random sequence %s: done %s, refused %s", seed, world.done, refused)
        return world

    def test_ledger_equals_general_ledger_after_every_step(self):
        world = self._live(seed=20271105, steps=STEPS)
        done = sum(world.done.values())
        self.assertGreater(done, STEPS * 0.6, "most steps must really happen")
        missing = {name for name, _weight in world.steps} - set(world.done)
        self.assertFalse(missing, "every kind of step happened")
        self.assertGreater(len(world.services.period_ids), 20)
