from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-18 11:22:33")
class TestPayment(IspCommon):
    # === QUOTE === #

    def test_quote_of_months_ahead_when_nothing_is_due(self):
        subscription = self._create_subscription(anchor_day=31, date_start=date(2026, 1, 31))
        quote = subscription._get_payment_quote(3)
        self.assertEqual(quote["total"], 1047.0)
        self.assertEqual(quote["cutoff_date"], date(2026, 1, 31))
        self.assertEqual(quote["new_cutoff_date"], date(2026, 4, 30))
        self.assertEqual([line["kind"] for line in quote["lines"]], ["period"] * 3)
        self.assertEqual(quote["currency"], self.company.currency_id)

    def test_open_months_count_as_months(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        quote = subscription._get_payment_quote(1)
        self.assertEqual(quote["total"], 349.0)
        self.assertEqual(quote["lines"][0]["kind"], "open_invoice")
        self.assertEqual(quote["lines"][0]["move_id"], move.id)
        self.assertEqual(quote["new_cutoff_date"], date(2026, 2, 21))
        self.assertEqual(subscription._get_payment_quote(2)["total"], 698.0)

    def test_open_invoice_of_several_months_shows_what_is_left(self):
        subscription = self._create_subscription()
        subscription._bill_periods(3)
        self._pay(subscription, 349.0)
        line = subscription._get_payment_quote(1)["lines"][0]
        self.assertEqual(line["amount"], 698.0)
        self.assertEqual(line["date_start"], date(2026, 2, 21))
        self.assertEqual(line["date_end"], date(2026, 4, 21))

    def test_invoice_without_periods_is_a_charge(self):
        subscription = self._create_subscription()
        move = self._create_invoice_one_line(
            partner_id=self.customer, price_unit=69.8, tax_ids=[], post=False
        )
        move.invoice_line_ids.isp_subscription_id = subscription
        move.action_post()
        line = subscription._get_payment_quote(0)["lines"][0]
        self.assertEqual((line["kind"], line["amount"]), ("charge", 69.8))
        self.assertEqual(line["move_id"], move.id)

    def test_all_the_debt_is_always_asked_for(self):
        subscription = self._create_subscription()
        subscription._bill_periods(3)
        self.assertEqual(subscription._get_payment_quote(1)["total"], 1047.0)
        self.assertEqual(subscription._get_payment_quote(0)["total"], 1047.0)

    def test_credit_is_shown_and_deducted(self):
        subscription = self._create_subscription()
        self._pay(subscription, 100.0)
        quote = subscription._get_payment_quote(1)
        self.assertEqual(quote["lines"][-1]["kind"], "credit")
        self.assertEqual(quote["lines"][-1]["amount"], -100.0)
        self.assertEqual(quote["total"], 249.0)

    def test_quote_out_of_range_is_refused(self):
        subscription = self._create_subscription()
        for months in (-1, 13):
            with self.subTest(months=months), self.assertRaises(UserError):
                subscription._get_payment_quote(months)

    # === SETTLEMENT === #

    def test_too_much_money_buys_no_month_that_was_not_chosen(self):
        subscription = self._create_subscription()
        subscription._bill_periods(1)
        payment = self._pay(subscription, 849.0, months=1)
        self.assertEqual(payment.isp_cutoff_to, date(2026, 2, 21))
        self.assertEqual(subscription.next_billing_date, date(2026, 2, 21))
        self.assertEqual(subscription.credit_balance, 500.0)

    def test_two_months_move_the_cutoff_two_months_with_one_invoice(self):
        subscription = self._create_subscription(date_start=date(2021, 10, 21))
        payment = self._pay(subscription, 698.0, months=2)
        self.assertEqual(payment.isp_cutoff_from, date(2021, 10, 21))
        self.assertEqual(payment.isp_cutoff_to, date(2021, 12, 21))
        self.assertEqual(payment.isp_amount_due, 698.0)
        self.assertEqual(len(subscription.period_ids.move_id), 1)
        self.assertEqual(set(subscription.period_ids.mapped("state")), {"paid"})
        self.assertEqual(subscription.credit_balance, 0.0)

    def test_settling_again_changes_nothing(self):
        subscription = self._create_subscription()
        payment = self._pay(subscription, 698.0, months=1)
        rows = subscription.period_ids
        for _index in range(3):
            subscription._isp_settle_payment(payment, months=1)
        self.assertEqual(subscription.period_ids, rows)
        self.assertEqual(subscription.credit_balance, 349.0)
        self.assertEqual(payment.isp_cutoff_to, date(2026, 2, 21))

    def test_partial_payment_settles_the_oldest_month_of_the_invoice(self):
        subscription = self._create_subscription()
        subscription._bill_periods(3)
        payment = self._pay(subscription, 500.0)
        rows = subscription.period_ids.sorted("date_start")
        self.assertEqual(rows.mapped("state"), ["paid", "billed", "billed"])
        self.assertEqual(rows.mapped("amount_open"), [0.0, 198.0, 349.0])
        self.assertEqual(subscription.cutoff_date, date(2026, 2, 21))
        self.assertEqual(subscription.balance_due, 547.0)
        self.assertEqual(payment.isp_amount_due, 1047.0)
        self.assertEqual(payment.amount, 500.0)

    def test_credit_pays_the_oldest_invoice_first(self):
        subscription = self._create_subscription()
        first, second = (subscription._bill_periods(1) for _index in range(2))
        self._pay(subscription, 400.0)
        self.assertEqual(first.payment_state, "paid")
        self.assertEqual(second.amount_residual, 298.0)

    def test_settling_makes_no_environment_for_each_service(self):
        # Odoo's search of journal items leaves its domain behind: a worker that books many
        # payments would look through hundreds of environments for each of its steps.
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        self._create_payment(subscription, 100.0)
        receivable = move.line_ids.account_id.filtered(
            lambda account: account.account_type == "asset_receivable"
        )
        for found in (subscription._isp_open_moves(), subscription._isp_credit_lines(receivable)):
            with self.subTest(found=found):
                self.assertTrue(found)
                self.assertEqual(found.env.context, subscription.env.context)

    def test_overpayment_becomes_credit(self):
        subscription = self._create_subscription()
        subscription._bill_periods(1)
        self._pay(subscription, 500.0)
        self.assertEqual(subscription.balance_due, 0.0)
        self.assertEqual(subscription.credit_balance, 151.0)

    def test_months_that_the_money_does_not_reach_are_not_billed(self):
        subscription = self._create_subscription()
        self._pay(subscription, 800.0, months=3)
        self.assertEqual(len(subscription.period_ids), 2)
        self.assertEqual(subscription.credit_balance, 102.0)

    def test_chosen_months_come_before_the_other_services_of_the_payer(self):
        mine, other = self._create_subscription(), self._create_subscription()
        move = other._bill_periods(1)
        self._pay(mine, 698.0, months=2)
        self.assertEqual(mine.cutoff_date, date(2026, 3, 21))
        self.assertEqual(move.payment_state, "not_paid")
        self._pay(mine, 349.0)
        self.assertEqual(move.payment_state, "paid")

    def test_credit_of_another_customer_is_never_touched(self):
        mine = self._create_subscription()
        other = self._create_subscription(partner_id=self.other_customer.id)
        self._pay(other, 1000.0)
        mine._bill_periods(1)
        self.assertFalse(mine._apply_credit())
        self.assertEqual(mine.balance_due, 349.0)
        self.assertEqual(mine.credit_balance, 0.0)

    def test_payment_of_another_customer_is_refused(self):
        mine = self._create_subscription()
        other = self._create_subscription(partner_id=self.other_customer.id)
        payment = self._create_payment(other, 349.0)
        with self.assertRaises(UserError):
            mine._isp_settle_payment(payment)
        self.assertFalse(payment.isp_settled)

    # === HOOKS === #

    def test_on_paid_is_called_once_per_transition(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(3)
        calls = []
        with patch.object(
            type(subscription), "_on_paid", lambda sub, rows, paid: calls.append((rows, paid))
        ):
            self._pay(subscription, 349.0)
            self._pay(subscription, 100.0)
            self._pay(subscription, 598.0)
            move._invoice_paid_hook()
        self.assertEqual([len(rows) for rows, _move in calls], [1, 2])
        self.assertTrue(all(paid == move for _rows, paid in calls))

    def test_invoice_paid_hook_of_the_suite_is_called_once_and_again_after_undoing(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        calls = []
        with patch.object(
            type(move),
            "_isp_on_invoice_paid",
            lambda moves: calls.append(moves.isp_subscription_ids.period_ids.mapped("state")),
        ):
            self._pay(subscription, 100.0)
            self.assertEqual(calls, [])
            self._pay(subscription, 249.0)
            move._invoice_paid_hook()
            self.assertEqual(calls, [["paid"]], "once, with the ledger already settled")
            move.line_ids.remove_move_reconcile()
            subscription._apply_credit()
        self.assertEqual(len(calls), 2)

    def test_payment_taken_back_unpays_and_can_be_settled_again(self):
        subscription = self._create_subscription()
        subscription._bill_periods(1)
        payment = self._pay(subscription, 349.0)
        number = payment.isp_number
        payment.action_cancel()
        self.assertEqual(subscription.balance_due, 349.0)
        self.assertEqual(subscription.cutoff_date, date(2026, 1, 21))
        self.assertFalse(payment.isp_settled)
        payment.action_draft()
        payment.action_post()
        subscription._isp_settle_payment(payment)
        self.assertEqual(subscription.balance_due, 0.0)
        self.assertEqual(payment.isp_number, number)

    def test_payment_registered_by_accounting_shows_its_dates_too(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": self.company_data["default_journal_cash"].id})
        )
        payment = wizard._create_payments()
        self.assertEqual(payment.isp_subscription_id, subscription)
        self.assertEqual(payment.isp_cutoff_from, date(2026, 1, 21))
        self.assertEqual(payment.isp_cutoff_to, date(2026, 2, 21))
        self.assertTrue(payment.isp_number)

    # === NUMBERS === #

    def test_numbers_are_consecutive_and_the_moment_is_kept(self):
        subscription = self._create_subscription()
        first, second = (self._pay(subscription, 10.0) for _index in range(2))
        self.assertEqual(second.isp_number, first.isp_number + 1)
        self.assertEqual(first.isp_paid_at.isoformat(), "2026-01-18T11:22:33")
        late = self._pay(subscription, 10.0, date=date(2026, 1, 10))
        self.assertEqual(late.isp_paid_at.isoformat(), "2026-01-10T18:00:00", "noon in Mexico")
        self.assertEqual(subscription.last_payment_date, first.isp_paid_at)

    def test_only_posted_customer_payments_are_numbered(self):
        subscription = self._create_subscription()
        draft = self.env["account.payment"].create(
            {"partner_id": subscription.partner_id.id, "amount": 5.0, "payment_type": "inbound"}
        )
        self.assertFalse(draft.isp_number)
        outgoing = self._create_payment(
            subscription, 5.0, payment_type="outbound", partner_type="supplier"
        )
        self.assertFalse(outgoing.isp_number)

    def test_unknown_payment_form_is_other(self):
        forms = self.env["isp.payment.form"]
        self.assertEqual(forms._isp_get("spei").code, "spei")
        self.assertEqual(forms._isp_get("no such thing").code, "other")
