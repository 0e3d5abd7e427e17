from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 18:00:00")
class TestChangeOnPayment(ChangeCommon):
    """Seed's rule: an invoice of the new plan, and the change when its money arrives."""

    def test_nothing_changes_before_the_payment(self):
        """R39, R40: a draft of the amount shown, and not a trace on the service."""
        self._paid(self.subscription)
        before = self._trace(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.assertEqual((change.state, change.policy), ("awaiting_payment", "on_payment"))
        self.assertEqual(change.amount_due, 650.0)
        self.assertEqual((change.move_id.state, change.move_id.amount_total), ("draft", 650.0))
        self.assertFalse(change.move_id.name and change.move_id.name != "/")
        after = self._trace(self.subscription)
        for key in ("ledger", "service", "figures"):
            self.assertEqual(after[key], before[key])

    def test_payment_changes_plan_price_and_speed_once(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        payment = self._pay(self.subscription, 650.0)
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.subscription.isp_speed_label, "100/40 Mbps")
        self.assertEqual(change.state, "applied")
        self.assertEqual((change.move_id.state, change.move_id.payment_state), ("posted", "paid"))
        self.assertEqual(
            self._rows(self.subscription),
            [
                ("2026-03-21", "2026-04-21", "Lento", 349.0, "paid"),
                ("2026-04-21", "2026-05-21", "Rápido", 650.0, "paid"),
            ],
        )
        self.assertEqual(payment.isp_cutoff_to, date(2026, 5, 21))
        self.assertEqual(self.subscription.credit_balance, 0.0)
        self.assertLedgerAgrees(self.subscription)

    def test_repeated_calls_apply_once(self):
        self._paid(self.subscription)
        self._request(self.subscription, self.fast)
        payment = self._pay(self.subscription, 650.0)
        before = self._trace(self.subscription)
        self.subscription._isp_try_plan_change()
        self.subscription._apply_credit()
        self.subscription._isp_settle_payment(payment)
        self._cron()
        self.assertEqual(self._trace(self.subscription), before)

    def test_router_is_told_the_new_speed_once(self):
        """The network is asked once, with the new plan in place."""
        self._paid(self.subscription)
        self._request(self.subscription, self.fast)
        asked = []
        service = type(self.subscription)
        network = patch.object(service, "_network_apply", lambda subs: asked.append(subs.plan_id))
        with network:
            self._pay(self.subscription, 650.0)
        self.assertEqual(asked, [self.fast])

    def test_customer_is_told_once_per_step(self):
        """Asked, then made: one notice each, with words of its own."""
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        self._pay(self.subscription, 650.0)
        self.subscription._isp_try_plan_change()
        notices = self.env["isp.notice"].search(
            [("subscription_id", "=", self.subscription.id), ("kind", "=", "plan_change")]
        )
        self.assertEqual(
            sorted(notices.mapped("key")), [f"{change.id}-applied", f"{change.id}-requested"]
        )

    def test_unpaid_month_that_runs_is_replaced(self):
        self._bill(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.amount_due, 650.0)
        self._pay(self.subscription, 650.0)
        self.assertEqual(
            self._rows(self.subscription),
            [("2026-03-21", "2026-04-21", "Rápido", 650.0, "paid")],
        )
        self.assertEqual(len(change.credit_move_ids), 1)
        self.assertEqual(change.credit_move_ids.amount_total, 349.0)
        self.assertLedgerAgrees(self.subscription)

    def test_partly_paid_month_counts_what_was_paid(self):
        self._bill(self.subscription)
        self._pay(self.subscription, 100.0)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.amount_due, 550.0)
        self._pay(self.subscription, 550.0)
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.subscription.balance_due, 0.0)
        self.assertEqual(self.subscription.credit_balance, 0.0)
        self.assertLedgerAgrees(self.subscription)

    def test_partial_payment_changes_nothing_until_the_rest_comes(self):
        """F2: the part pays the debt as always; the rest then completes the change."""
        self._bill(self.subscription)
        change = self._request(self.subscription, self.fast)
        self._pay(self.subscription, 200.0)
        self.assertPlan(self.subscription, self.slow, 349.0)
        self.assertEqual(change.state, "awaiting_payment")
        self.assertEqual(change._isp_terms().amount_due, 450)
        self._pay(self.subscription, 450.0)
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertLedgerAgrees(self.subscription)

    def test_ended_months_stay_a_debt_and_come_first(self):
        subscription = self._create_service(self.slow, date_start=date(2026, 2, 21))
        self._bill(subscription, 2)
        change = self._request(subscription, self.fast)
        self.assertEqual([line[0] for line in self._lines(change)], ["debt", "month"])
        self.assertEqual(change.amount_due, 999.0)
        self._pay(subscription, 650.0)
        self.assertPlan(subscription, self.slow, 349.0)
        # 349 for the debt, and 301 for the month that the change will replace
        self.assertEqual(self._rows(subscription)[0][4], "paid")
        self.assertEqual(change._isp_terms().amount_due, 349)
        self._pay(subscription, 349.0)
        self.assertPlan(subscription, self.fast, 650.0)
        self.assertLedgerAgrees(subscription)

    def test_debt_and_change_paid_together(self):
        subscription = self._create_service(self.slow, date_start=date(2026, 2, 21))
        self._bill(subscription, 2)
        self._request(subscription, self.fast)
        self._pay(subscription, 999.0)
        self.assertPlan(subscription, self.fast, 650.0)
        self.assertEqual([row[2] for row in self._rows(subscription)], ["Lento", "Rápido"])
        self.assertEqual(subscription.balance_due, 0.0)
        self.assertLedgerAgrees(subscription)

    def test_downgrade_gives_back_the_difference_of_dearer_days(self):
        service = self._create_service(self.fast)
        self._paid(service)
        change = self._request(service, self.slow)
        self.assertEqual(
            self._lines(change),
            [
                ("month", "", 349.0),
                ("days", "349.00 × 20/31", 225.16),
                ("unused", "650.00 × 20/31", -419.35),
            ],
        )
        self.assertEqual(change.amount_due, 154.81)
        self._pay(service, 154.81)
        self.assertPlan(service, self.slow, 349.0)
        self.assertEqual(
            self._rows(service),
            [
                ("2026-03-21", "2026-04-01", "Rápido", 230.65, "paid"),
                ("2026-04-01", "2026-04-21", "Lento", 225.16, "paid"),
                ("2026-04-21", "2026-05-21", "Lento", 349.0, "paid"),
            ],
        )
        self.assertLedgerAgrees(service)

    def test_prorate_charges_faster_days(self):
        self._set_policy(unused="prorate")
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.amount_due, 844.19)
        self.assertEqual(change.move_id.amount_total, 1069.35)
        self._pay(self.subscription, 844.19)
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.subscription.credit_balance, 0.0)
        self.assertLedgerAgrees(self.subscription)

    def test_none_leaves_paid_days_alone(self):
        self._set_policy(unused="none")
        service = self._create_service(self.fast)
        self._paid(service)
        self.assertEqual(self._request(service, self.slow).amount_due, 349.0)
        self._pay(service, 349.0)
        self.assertEqual([row[2] for row in self._rows(service)], ["Rápido", "Lento"])

    def test_waiting_makes_it_cheaper_never_dearer(self):
        self._set_policy(unused="prorate")
        self._paid(self.subscription)
        self._request(self.subscription, self.fast)
        with freeze_time("2026-04-03 18:00:00"):
            self._pay(self.subscription, 844.19)
        self.assertPlan(self.subscription, self.fast, 650.0)
        # 18 days instead of 20: 377.42 - 202.65 = 174.77 instead of 194.19
        self.assertEqual(self.subscription.credit_balance, 19.42)
        self.assertLedgerAgrees(self.subscription)

    def test_downgrade_keeps_its_price_while_it_waits(self):
        service = self._create_service(self.fast)
        self._paid(service)
        change = self._request(service, self.slow)
        with freeze_time("2026-04-03 18:00:00"):
            self._pay(service, change.amount_due)
        self.assertPlan(service, self.slow, 349.0)
        self.assertEqual((service.balance_due, service.credit_balance), (0.0, 0.0))

    def test_months_paid_ahead_are_adjusted(self):
        self._paid(self.subscription, 3)
        change = self._request(self.subscription, self.fast)
        # the month that runs is free, two months ahead are charged 301 more each
        self.assertEqual(change.amount_due, 650.0 + 2 * 301.0)
        self._pay(self.subscription, change.amount_due)
        self.assertEqual(
            [row[2:] for row in self._rows(self.subscription)],
            [("Lento", 349.0, "paid")] + 3 * [("Rápido", 650.0, "paid")],
        )
        self.assertLedgerAgrees(self.subscription)

    def test_credit_in_hand_applies_at_once(self):
        self._paid(self.subscription)
        self._pay(self.subscription, 700.0)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.state, "applied")
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.subscription.credit_balance, 50.0)

    def test_agreed_price_belonged_to_the_old_plan(self):
        self.subscription.price_override = 300.0
        self._paid(self.subscription)
        self._request(self.subscription, self.fast)
        self._pay(self.subscription, 650.0)
        self.assertEqual(self.subscription.price_override, 0.0)
        self.assertPlan(self.subscription, self.fast, 650.0)

    def test_agreed_price_of_the_new_plan(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast, price=600.0)
        self.assertEqual(change.amount_due, 600.0)
        self._pay(self.subscription, 600.0)
        self.assertPlan(self.subscription, self.fast, 600.0)

    def test_price_shown_is_kept(self):
        self._paid(self.subscription)
        self._request(self.subscription, self.fast)
        self.fast.list_price = 700.0
        self._pay(self.subscription, 650.0)
        self.assertPlan(self.subscription, self.fast, 700.0)
        self.assertEqual(self._rows(self.subscription)[-1][3], 650.0)
        self.assertEqual(self.subscription.balance_due, 0.0)

    def test_suspended_meanwhile_comes_back(self):
        self._bill(self.subscription)
        self._request(self.subscription, self.fast)
        self.subscription._suspend("debt")
        self._pay(self.subscription, 650.0)
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.subscription.state, "active")
