from contextlib import contextmanager
from datetime import date

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestLocks(TransactionCase):
    """Two real transactions at once, on rows that are committed and removed again."""

    @contextmanager
    def _committed_service(self):
        with self.registry.cursor() as cr:
            env = self.env(cr=cr)
            plan = env["product.template"].create(
                {
                    "name": "Residencial 50",
                    "type": "service",
                    "isp_is_plan": True,
                    "isp_down_mbps": 50,
                    "isp_up_mbps": 20,
                }
            )
            partner = env["res.partner"].create({"name": "Rosa Elena Ibarra"})
            service = env["isp.subscription"].create(
                {"partner_id": partner.id, "plan_id": plan.id, "date_start": date(2026, 1, 21)}
            )
            values = {"kind": "billing", "date": "2026-01-21", "is_dry": True}
            run = env["isp.run"].create({"company_id": env.company.id, **values})
            cr.commit()  # pylint: disable=invalid-commit
            try:
                yield service.id, run.id
            finally:
                cr.rollback()
                run.line_ids.unlink()
                run.unlink()
                service.unlink()
                plan.unlink()
                partner.unlink()
                cr.commit()  # pylint: disable=invalid-commit

    def test_a_row_of_the_outbox_that_another_worker_had_meanwhile(self):
        """Who looked before the other one committed leaves the row, and goes on with the next."""
        with (
            self._committed_service() as (service_id, _run_id),
            self.registry.cursor() as slow,
            self.registry.cursor() as quick,
        ):
            values = {"subscription_id": service_id, "company_id": self.env.company.id}
            values |= {"driver": "none", "desired": "on", "outbox_state": "ready"}
            order = self.env(cr=quick)["isp.network.order"].create(values)
            quick.commit()
            slow.execute("SELECT count(*) FROM isp_network_order")  # its snapshot
            order.attempts = 1
            quick.commit()
            late = self.env(cr=slow)["isp.network.order"].browse(order.id)
            with mute_logger("odoo.sql_db"):
                self.assertFalse(late._outbox_process_one())
            self.assertEqual(late.outbox_state, "ready")

    def test_a_payment_does_not_refuse_who_names_its_service(self):
        """A simulation that began before a payment was booked comes to its end."""
        with (
            self._committed_service() as (service_id, run_id),
            self.registry.cursor() as slow,
            self.registry.cursor() as quick,
        ):
            slow.execute("SELECT count(*) FROM isp_subscription")  # its snapshot
            paid = self.env(cr=quick)["isp.subscription"].browse(service_id)
            paid._lock_for_settlement()
            paid.anchor_day = 7
            quick.commit()
            run = self.env(cr=slow)["isp.run"].browse(run_id)
            row = {"subscription_id": service_id, "action": "bill", "amount": 349.0}
            run.line_ids._isp_insert(run, [row])
            self.assertEqual(run.line_ids.amount, 349.0)
            slow.commit()
