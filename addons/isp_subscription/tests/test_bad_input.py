from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IspCommon

TODAY = date(2026, 2, 16)


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestBadInput(IspCommon):
    """Every wrong input has one clear outcome, and the others are billed all the same."""

    def _zero_price(self, plan):
        """Make the plan cost nothing behind the back of its check, as an import would."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE product_template SET list_price = 0 WHERE id = %s", [plan.id])
        plan.invalidate_recordset()
        services = self.env["isp.subscription"].sudo().search([("plan_id", "=", plan.id)])
        services._compute_price_total()

    def _second_company(self, currency):
        company = self.setup_other_company(currency_id=currency.id)["company"]
        self.env.user.company_ids |= company
        return company

    # === CUT-OFF DAY === #

    @mute_logger("odoo.sql_db")
    def test_cut_off_day_is_1_to_31(self):
        for day in (-1, 0, 32):
            with self.subTest(day=day), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._create_subscription(anchor_day=day, state="draft")
            with self.subTest(zone=day), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.env["isp.zone"].create({"name": f"Zona {day}", "anchor_day": day})

    # === PRICE === #

    def test_a_plan_costs_more_than_zero(self):
        for price in (0.0, -349.0):
            with self.subTest(price=price), self.assertRaises(ValidationError) as caught:
                self._create_plan("Gratis", price, 50.0, 20.0)
            self.assertIn("Gratis", str(caught.exception))
        with self.assertRaises(ValidationError):
            self.plan_50.list_price = 0.0

    @mute_logger("odoo.sql_db")
    def test_an_agreed_price_is_not_negative_and_zero_is_the_plans(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._create_subscription(price_override=-1.0)
        subscription = self._create_subscription(price_override=0.0)
        self.assertEqual(subscription.price_total, 349.0)

    def test_a_service_without_price_does_not_start(self):
        subscription = self._create_subscription(state="draft")
        self._zero_price(self.plan_50)
        with self.assertRaises(UserError) as caught:
            subscription.action_activate()
        self.assertIn(self.plan_50.name, str(caught.exception))
        self.assertEqual(subscription.state, "draft")

    def test_a_service_without_price_is_not_billed_and_stops_nobody(self):
        bad = self._create_subscription()
        good = self._create_subscription(plan_id=self.plan_100.id)
        self._zero_price(self.plan_50)
        with self.assertRaises(UserError):
            bad._bill_periods(1)
        moves, failed = (bad | good).sudo()._bill_chunk(TODAY)
        self.assertEqual(failed, bad)
        self.assertEqual(moves.isp_subscription_ids, good)
        self.assertIn(self.plan_50.name, bad.billing_error)
        self.assertFalse(bad.period_ids)

    # === DATES === #

    @mute_logger("odoo.sql_db")
    def test_nothing_ends_before_it_starts(self):
        subscription = self._create_subscription()
        subscription._bill_periods(1)
        row = subscription.period_ids
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            row.sudo().date_end = row.date_start
            row.flush_recordset()
        with self.assertRaises(UserError):
            subscription._isp_plan_pause(date(2026, 3, 20), date(2026, 3, 1))
        with self.assertRaises(UserError):
            subscription._isp_request_cancellation(date(2026, 1, 1))
        self.assertEqual(subscription.state, "active")

    def test_nobody_writes_the_end_of_a_service(self):
        subscription = self._create_subscription().with_user(self.user_manager)
        with self.assertRaises(AccessError):
            subscription.date_end = date(2020, 1, 1)

    # === ACCOUNTS === #

    def test_plan_without_any_income_account(self):
        bad = self._create_subscription()
        categories = self.env["product.category"].search([])
        categories.property_account_income_categ_id = False
        self.company.income_account_id = False
        journals = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_journal SET default_account_id = NULL WHERE id IN %s",
            [tuple(journals.ids)],
        )
        journals.invalidate_recordset()
        with self.assertRaises(UserError) as caught:
            bad._bill_periods(1)
        self.assertIn(self.plan_50.name, str(caught.exception))
        self.assertIn(self.company.name, str(caught.exception))
        _moves, failed = bad.sudo()._bill_chunk(TODAY)
        self.assertEqual(failed, bad)
        self.assertIn(self.plan_50.name, bad.billing_error)
        account = self.company_data["default_account_revenue"]
        self.plan_50.property_account_income_id = account
        moves, failed = bad.sudo()._bill_chunk(TODAY)
        self.assertFalse(failed, "the remedy that the message names works")
        self.assertEqual(moves.invoice_line_ids.account_id, account)

    # === CURRENCY === #

    def test_plan_in_another_currency_than_the_companys(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        company = self._second_company(usd)
        self.plan_50.company_id = self.company
        shared = self._create_plan("Compartido", 349.0, 50.0, 20.0)
        self.assertNotEqual(shared.currency_id, usd)
        with self.assertRaises(ValidationError) as caught:
            self._create_subscription(plan_id=shared.id, company_id=company.id, state="draft")
        self.assertIn("USD", str(caught.exception))

    def test_payment_in_dollars_is_worth_its_pesos(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", usd.id)]).unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "inverse_company_rate": 20.0,
            }
        )
        subscription = self._create_subscription()
        subscription._bill_periods(1)
        payment = self._pay(subscription, 20.0, currency_id=usd.id)
        self.assertEqual(subscription.balance_due, 0.0)
        self.assertEqual(subscription.credit_balance, 51.0)
        self.assertEqual(payment.isp_overpaid_amount, 51.0)
        self.assertEqual(payment.isp_coverage_ids.amount, 349.0)
        self.assertEqual(subscription.period_ids.state, "paid")
        lines = dict(payment._isp_receipt_lines())
        self.assertIn("$51.00 MXN", lines.values())

    # === CUSTOMER === #

    def test_customer_without_email_is_told_by_hand(self):
        self.customer.email = False
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        notice = subscription._isp_notify("reminder", "bad-input", move=move)
        self.assertEqual(notice.state, "undelivered")
        self.assertFalse(subscription._isp_notice_proof("reminder", "bad-input"))

    # === TIME === #

    @mute_logger("odoo.sql_db")
    def test_billed_twice_at_the_same_second(self):
        """What the second of two simultaneous runs would write is refused by the database."""
        subscription = self._create_subscription()
        periods = subscription._next_periods(1)
        subscription._isp_invoice([(subscription, periods)], TODAY)
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            subscription._isp_invoice([(subscription, periods)], TODAY)
        self.env.invalidate_all()
        self.assertEqual(len(subscription.period_ids), 1)
        self.assertEqual(len(subscription.period_ids.move_id), 1)

    def test_second_run_of_the_same_second_finds_nothing(self):
        subscription = self._create_subscription()
        moves, _failed = subscription.sudo()._bill_chunk(TODAY)
        again, failed = subscription.sudo()._bill_chunk(TODAY)
        self.assertTrue(moves)
        self.assertFalse(again or failed)

    def _auto_run(self, day):
        return (
            self.env["isp.run"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "kind": "billing",
                    "date": day,
                    "is_auto": True,
                    "state": "done",
                }
            )
        )

    def test_clock_set_back_holds_the_automatic_runs(self):
        self._auto_run(date(2026, 3, 1))
        runs = self.env["isp.run"].sudo()
        self.assertFalse(runs._isp_may_run(self.company))
        held = runs.search([("state", "=", "held"), ("company_id", "=", self.company.id)])
        self.assertEqual(held.hold_reason, "clock")

    def test_restored_backup_holds_the_automatic_runs(self):
        self._auto_run(date(2025, 12, 1))
        runs = self.env["isp.run"].sudo()
        self.assertFalse(runs._isp_may_run(self.company))
        held = runs.search([("state", "=", "held"), ("company_id", "=", self.company.id)])
        self.assertEqual(held.hold_reason, "gap")
        held.with_user(self.user_manager).action_continue()
        self.assertTrue(runs._isp_may_run(self.company))

    def test_clock_set_back_bills_no_day_twice(self):
        subscription = self._create_subscription()
        moves, _failed = subscription.sudo()._bill_chunk(TODAY)
        with freeze_time("2026-01-22 18:00:00"):
            again, failed = subscription.sudo()._bill_chunk(date(2026, 1, 22))
        self.assertEqual(len(subscription.period_ids), len(moves.invoice_line_ids))
        self.assertFalse(again or failed)

    # === MONEY === #

    def test_payment_of_nothing(self):
        subscription = self._create_subscription()
        wizards = self.env["isp.counter.payment"].with_user(self.user_cashier)
        for amount in (0.0, -5.0):
            wizard = wizards.create({"subscription_id": subscription.id, "amount": amount})
            with self.subTest(amount=amount), self.assertRaises(UserError):
                wizard.action_register()

    def test_more_months_than_allowed(self):
        subscription = self._create_subscription()
        self.company.isp_max_months = 3
        with self.assertRaises(UserError):
            subscription._get_payer_quote({subscription: 4})

    def test_credit_note_larger_than_what_is_open_leaves_credit(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        line = move.invoice_line_ids
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "reversed_entry_id": move.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "price_unit": 400.0,
                            "tax_ids": [Command.set(line.tax_ids.ids)],
                        }
                    )
                ],
            }
        )
        note.action_post()
        self.assertEqual(subscription.balance_due, 0.0)
        self.assertEqual(subscription.credit_balance, 51.0)
