from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-21 18:00:00")
class TestCreditOnArrival(IspCommon):
    """Credit settles what is due the moment it is posted, whoever posts it and however."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription()
        cls.first = cls.subscription._bill_periods(1)
        cls.second = cls.subscription._bill_periods(1)

    def _post_payment(self, amount, **values):
        """Post a payment as the accountant does, without our settlement."""
        payments = self.env["account.payment"].with_context(force_payment_move=True)
        payment = payments.create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "journal_id": self.company_data["default_journal_bank"].id,
                **values,
            }
        )
        payment.action_post()
        return payment

    def _register(self, move, **values):
        wizards = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        journal = self.company_data["default_journal_bank"]
        return wizards.create({"journal_id": journal.id, **values})._create_payments()

    def test_money_that_paid_nothing_names_no_service(self):
        """Two services of one payer: what lay beside the money that paid belongs to neither."""
        service = self._create_subscription()
        self._create_subscription(plan_id=self.plan_100.id)
        payment = self._create_payment(service, 33.33)
        payment._isp_note_coverage({})
        self.assertFalse(payment.isp_subscription_id)
        self.assertFalse(payment.isp_cutoff_to)

    def test_payment_of_the_accounting_menu_settles_the_oldest_first(self):
        payment = self._post_payment(400.0)
        self.assertEqual(self.first.payment_state, "paid")
        self.assertEqual(self.second.amount_residual, 298.0)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 2, 21))
        self.assertEqual(payment.isp_cutoff_from, date(2026, 1, 21))
        self.assertEqual(payment.isp_cutoff_to, date(2026, 2, 21))

    def test_payment_made_for_an_invoice_settles_that_one(self):
        self._post_payment(349.0, invoice_ids=[Command.set(self.second.ids)])
        self.assertEqual(self.second.payment_state, "paid")
        self.assertEqual(self.first.payment_state, "not_paid")

    def test_register_payment_respects_the_invoice_that_was_chosen(self):
        self._register(self.second)
        self.assertEqual(self.second.payment_state, "paid")
        self.assertEqual(self.first.payment_state, "not_paid")

    def test_rest_of_a_registered_payment_settles_the_oldest_at_once(self):
        self._register(self.second, amount=400.0, payment_difference_handling="open")
        self.assertEqual(self.second.payment_state, "paid")
        self.assertEqual(self.first.amount_residual, 298.0)

    def test_bank_statement_line_on_the_receivable_settles(self):
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": "2026-01-21",
                "payment_ref": "SPEI",
                "partner_id": self.customer.id,
                "amount": 349.0,
                "counterpart_account_id": self.customer.property_account_receivable_id.id,
            }
        )
        self.assertEqual(self.first.payment_state, "paid")
        self.assertEqual(self.subscription.cutoff_date, date(2026, 2, 21))

    def test_credit_note_settles_its_own_invoice_before_the_oldest(self):
        line = self.second.invoice_line_ids
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "reversed_entry_id": self.second.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "price_unit": 100.0,
                            "tax_ids": [Command.set(line.tax_ids.ids)],
                        }
                    )
                ],
            }
        )
        note.action_post()
        self.assertEqual(self.second.amount_residual, 249.0)
        self.assertEqual(self.first.amount_residual, 349.0)

    def test_credit_reactivates_at_once(self):
        with freeze_time("2026-03-10 18:00:00"):
            self.subscription._set_state("grace")
            self.subscription._suspend("debt")
            self._post_payment(698.0)
            self.assertEqual(self.subscription.state, "active")

    def test_money_of_a_reversed_invoice_settles_the_others(self):
        self._pay(self.subscription, 349.0)
        self.assertEqual(self.first.payment_state, "paid")
        self.first._reverse_moves(cancel=True)
        self.assertEqual(self.second.payment_state, "paid")
        self.assertEqual(self.subscription.credit_balance, 0.0)

    def test_money_of_a_cancelled_invoice_settles_the_others(self):
        self._pay(self.subscription, 349.0)
        self.first.button_cancel()
        self.assertEqual(self.second.payment_state, "paid")

    def test_undone_by_hand_stays_undone(self):
        payment = self._post_payment(349.0)
        self.first.line_ids.remove_move_reconcile()
        self.assertEqual(self.first.payment_state, "not_paid")
        self.assertEqual(payment.isp_overpaid_amount, 349.0)
        self.assertFalse(payment.isp_coverage_ids)
        self.assertFalse(payment.isp_cutoff_to)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 1, 21))

    def test_payer_without_services_is_left_alone(self):
        move = self._create_invoice_one_line(partner_id=self.other_customer, price_unit=10.0)
        move.action_post()
        self._post_payment(11.6, partner_id=self.other_customer.id)
        self.assertEqual(move.payment_state, "not_paid")

    def test_subscription_invoices_cost_no_query(self):
        (self.first | self.second).mapped("line_ids.account_id.account_type")
        with self.assertQueryCount(0):
            (self.first | self.second)._isp_apply_arrived_credit()

    def test_hourly_sweep_applies_what_crossed(self):
        self._create_payment(self.subscription, 349.0)
        found = self.env["isp.subscription"]._isp_find_idle_credit()
        self.assertIn(self.subscription.id, found)
        with self._committing_env() as env:
            env["isp.subscription"]._cron_apply_credit()
        self.assertEqual(self.first.payment_state, "paid")
        self.assertNotIn(self.subscription.id, self.env["isp.subscription"]._isp_find_idle_credit())


@tagged("post_install", "-at_install")
@freeze_time("2026-01-21 18:00:00")
class TestAllocation(IspCommon):
    """Every peso that settled something can be followed from where it came to where it went."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription()
        cls.move = cls.subscription._bill_periods(3)
        cls.payment = cls._pay(cls.subscription, 500.0)
        cls.later = cls._pay(cls.subscription, 547.0, form="spei")

    def _allocations(self):
        return self.subscription.allocation_ids.sorted("id")

    def test_allocations_tell_from_to_how_much_and_which_periods(self):
        first, second = self._allocations()
        rows = self.subscription.period_ids.sorted("date_start")
        self.assertEqual((first.amount, second.amount), (500.0, 547.0))
        self.assertEqual(first.source, str(self.payment.isp_number))
        self.assertEqual(second.channel, self.later.isp_payment_form_id.name)
        self.assertEqual((first | second).invoice_id, self.move)
        self.assertEqual(first.date, date(2026, 1, 21))
        self.assertEqual(first.period_ids, rows[:2])
        self.assertEqual(second.period_ids, rows[1:])
        self.assertIn(" – ", first.periods_text)

    def test_links_from_every_side(self):
        first, second = self._allocations()
        rows = self.subscription.period_ids.sorted("date_start")
        self.assertEqual(self.payment.isp_allocation_ids, first)
        self.assertEqual(self.move.isp_allocation_ids, first | second)
        self.assertEqual(rows[0].allocation_ids, first)
        self.assertEqual(rows[1].allocation_ids, first | second)
        self.assertEqual(rows[2].allocation_ids, second)

    def test_undone_allocation_leaves_the_list(self):
        self.payment.action_cancel()
        self.assertEqual(self._allocations().payment_id, self.later)

    def test_credit_note_is_a_source_too(self):
        other = self.subscription._bill_periods(1)
        other._reverse_moves(cancel=True)
        allocation = other.isp_allocation_ids
        self.assertEqual(allocation.kind, "credit_note")
        self.assertEqual(allocation.amount, 349.0)
        self.assertEqual(allocation.source, other.reversal_move_ids.name)

    def test_roles_read_and_nobody_writes(self):
        allocation = self._allocations()[0]
        self.assertEqual(allocation.with_user(self.user_readonly).amount, 500.0)
        with self.assertRaises(AccessError):
            allocation.with_user(self.user_manager).check_access("write")

    def test_customers_see_their_own_only(self):
        for partner, sees in ((self.customer, True), (self.other_customer, False)):
            user = new_test_user(
                self.env, f"portal_{partner.id}", groups="base.group_portal", partner_id=partner.id
            )
            with self.subTest(partner=partner.name):
                allocations = self.env["isp.allocation"].with_user(user).search([])
                self.assertEqual(allocations.ids, self._allocations()[::-1].ids if sees else [])
                coverage = self.env["isp.payment.coverage"].with_user(user).search([])
                self.assertEqual(bool(coverage), sees)

    def test_another_company_sees_nothing(self):
        company = self.setup_other_company()["company"]
        user = new_test_user(
            self.env,
            "other_company_reader",
            groups="isp_subscription.group_isp_readonly",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(self.env["isp.allocation"].with_user(user).search([]))
        self.assertFalse(self.env["isp.payment.coverage"].with_user(user).search([]))

    def test_query_uses_indexes_from_every_side(self):
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for field, value in (
            ("subscription_id", self.subscription.id),
            ("payment_id", self.payment.id),
            ("invoice_id", self.move.id),
        ):
            query = self.env["isp.allocation"].sudo()._search([(field, "=", value)])
            plan = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            text = "\n".join(line for (line,) in plan)
            with self.subTest(field=field):
                self.assertNotIn("Seq Scan on account_move_line", text)
                self.assertNotIn("Seq Scan on account_partial_reconcile", text)
