import json
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.isp_subscription.exceptions import OutboxReject

from ..services.wire import parse_charge
from .common import OpenpayCommon

VALID_CLABE = "012914002014112176"
OTHER_CLABE = "002010077777777771"


@tagged("post_install", "-at_install")
class TestCash(OpenpayCommon):
    """Cash at a store: the request, the reference, its deadline, what comes after it."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

    def _start_cash(self, **values):
        return self._start_voucher(self.subscription, method="paynet", **values)

    # === THE METHOD === #

    def test_method(self):
        """Ours, active with the provider, no stored cards and no refunds."""
        self.assertTrue(self.paynet.active)
        self.assertTrue(self.paynet.image)
        self.assertFalse(self.paynet.support_tokenization)
        self.assertEqual(self.paynet.support_refund, "none")
        self.assertEqual(self.paynet.supported_currency_ids, self.mxn)
        self.assertIn(self.paynet, self.provider.payment_method_ids)

    # === REQUEST AND ANSWER === #

    @freeze_time("2026-11-22 16:19:05")
    def test_request(self):
        """Deadline = creation + 48 hours, with the offset of central Mexico."""
        voucher = self._start_cash(send=False)
        body = json.loads(voucher.request_body)
        self.assertEqual((body["method"], body["amount"]), ("store", 349.0))
        self.assertEqual(body["due_date"], "2026-11-24T10:19:05-06:00")
        self.assertEqual(str(voucher.due_at), "2026-11-24 16:19:05")
        self.assertEqual(self._charges(), [])

    def test_answer(self):
        voucher = self._start_cash()
        charge = self._charges()[0]
        self.assertEqual((voucher.state, voucher.openpay_method), ("pending", "store"))
        self.assertEqual(voucher.reference, charge["payment_method"]["reference"])
        self.assertRegex(voucher.reference, r"^10101[0-9]{11}$")
        self.assertFalse(voucher.clabe or voucher.agreement)
        self.assertEqual(voucher.transaction_id.state, "pending")

    def test_day_ends_where_the_company_is(self):
        """R52: 23:59:59 of the company's day, and the print names its zone."""
        self.company.partner_id.tz = "America/Tijuana"
        voucher = self._start_voucher(self.subscription)
        values = voucher._get_display_values()
        self.assertTrue(values["due"].endswith(" 23:59:59"))
        self.assertEqual(values["zone"], "Tijuana time")

    def test_hours_are_a_setting(self):
        settings = self.env["res.config.settings"].with_company(self.company).create({})
        settings.isp_store_hours = 24
        settings.execute()
        voucher = self._start_cash()
        day = timedelta(hours=24).total_seconds()
        left = (voucher.due_at - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(left, day, delta=60)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.company.isp_store_hours = 0

    def test_reference_that_cannot_be_right(self):
        """A number no cashier could read is refused before anybody sees it."""
        voucher = self._start_cash()
        answer = self.provider._openpay_get_charge(voucher.charge_id)
        self.assertEqual(voucher._checked(answer), answer)
        link = "https://example.com/barcode/%s?width=1"
        for method, code in (
            ({"reference": "OPENPAY02DQ35YOY7"}, "reference"),
            ({"reference": "101010157404372"}, "reference"),
            ({}, "reference"),
            (
                {"reference": "1010101574043722", "barcode_url": link % "1010101574043723"},
                "barcode",
            ),
        ):
            with self.subTest(method=method), self.assertRaises(OutboxReject) as caught:
                voucher._checked({**answer, "payment_method": {"type": "store", **method}})
            self.assertEqual(caught.exception.code, code)

    def test_account_that_is_not_the_company_s(self):
        """Convenio and CLABE of the settings: another one is refused, a missing one filled in."""
        voucher = self._start_voucher(self.subscription)
        answer = self.provider._openpay_get_charge(voucher.charge_id)
        self.company.write({"isp_spei_clabe": f" {VALID_CLABE[:3]} {VALID_CLABE[3:]}"})
        self.company.write({"isp_spei_agreement": "1411217"})
        self.assertEqual(self.company.isp_spei_clabe, VALID_CLABE)
        self.assertEqual(voucher._checked(answer), answer)
        method = {**answer["payment_method"], "clabe": None, "agreement": None}
        vals = voucher._prepare_charge_vals(parse_charge({**answer, "payment_method": method}))
        self.assertEqual((vals["clabe"], vals["agreement"]), (VALID_CLABE, "1411217"))
        self.company.isp_spei_clabe = OTHER_CLABE
        with self.assertRaises(OutboxReject) as caught:
            voucher._checked(answer)
        self.assertEqual(caught.exception.code, "clabe")
        self.company.write({"isp_spei_clabe": False, "isp_spei_agreement": "7654321"})
        fresh = self._start_voucher(self.subscription, months=2)
        self.assertEqual((fresh.state, fresh.last_error_code), ("failed", "agreement"))

    def test_settings_are_checked(self):
        for vals in (
            {"isp_spei_clabe": VALID_CLABE[:-1] + "5"},
            {"isp_spei_clabe": VALID_CLABE[:16]},
            {"isp_spei_agreement": "14112l7"},
            {"isp_store_network_url": "javascript:alert(1)"},
            {"isp_store_network_url": "paynet"},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.company.write(vals)

    # === LIMIT === #

    def test_amount_above_the_limit(self):
        """Refused before anything is stored or sent, with a text that says what to do."""
        self.company.isp_store_limit = 700.0
        self.assertEqual(self._start_cash(months=2).state, "pending")
        with self.assertRaises(UserError) as caught:
            self._start_cash(months=3)
        self.assertIn("700.00", str(caught.exception))
        self.assertEqual(len(self._charges()), 1)
        self.assertEqual(self._start_voucher(self.subscription, months=3).state, "pending")
        tx = self._create_transaction("INV/2", 700.01, payment_method_id=self.paynet.id)
        with self.assertRaises(UserError):
            tx._get_specific_rendering_values({})

    def test_limit_of_openpay(self):
        """Should Openpay take less than the setting says, the customer reads why."""
        self.company.isp_store_limit = 1_000_000.0
        self.subscription.price_override = 30_000.0
        voucher = self._start_cash()
        self.assertEqual((voucher.state, voucher.last_error_code), ("failed", "1012"))
        self.assertIn("fewer months", voucher._get_display_values()["failure"])
        self.assertEqual(self.env["res.company"].new({}).isp_store_limit, 29_999.0)

    # === MONEY === #

    def test_paid(self):
        voucher = self._start_cash()
        self._receive(self._pay_at_bank(voucher))
        payment = self._payments(self.subscription)
        self.assertEqual(voucher.state, "paid")
        self.assertEqual(payment.isp_payment_form_id.code, "store")
        self.assertEqual((payment.amount, payment.isp_reference), (349.0, voucher.reference))

    def test_paid_twice_and_another_amount(self):
        voucher = self._start_cash()
        for charge in (self._pay_at_bank(voucher, amount=300.0), self._pay_at_bank(voucher)):
            self._receive(charge)
            self._receive(charge)
        amounts = self._payments(self.subscription).mapped("amount")
        self.assertEqual(sorted(amounts), [300.0, 349.0])

    def test_several_methods_at_once(self):
        """Transfer and cash live side by side; each pays, the second one becomes credit."""
        cash, spei = self._start_cash(), self._start_voucher(self.subscription)
        self.assertNotEqual(cash, spei)
        self.assertEqual((cash.state, spei.state), ("pending", "pending"))
        self.assertEqual(self._start_cash(), cash)
        for voucher in (cash, spei):
            self._receive(self._pay_at_bank(voucher))
        self.assertEqual(len(self._payments(self.subscription)), 2)

    def test_change_of_plan_ends_the_reference(self):
        """A reference does not outlive the request that it pays."""
        tx = self._create_transaction("CH/1", 100.0, payment_method_id=self.paynet.id)
        soon = fields.Datetime.now() + timedelta(hours=5)
        change = self.env["isp.plan.change"].new({"expires_at": soon})
        vouchers = self.env["isp.payment.voucher"].sudo()
        tx_with_change = tx.new({"isp_change_id": change}, origin=tx)
        self.assertEqual(vouchers._due_at(tx_with_change), soon)

    # === EXPIRY AND A NEW REFERENCE === #

    def _overdue(self, voucher):
        voucher.due_at = fields.Datetime.now() - timedelta(seconds=1)
        return voucher

    def test_over_at_the_deadline(self):
        """From the deadline on the page says so, though Openpay closes the charge later."""
        voucher = self._overdue(self._start_cash())
        values = voucher._get_display_values()
        self.assertEqual((voucher.state, values["state"]), ("pending", "expired"))
        self.assertEqual((values["barcode"], values["time_left"]), ("", ""))
        self.assertEqual([block["key"] for block in values["blocks"]], ["info"])

    def test_expired_at_openpay_then_paid(self):
        """Closed by Openpay, paid all the same: booked, and the staff is told."""
        voucher = self._start_cash()
        self._receive(self.simulator.post("/_control/expire", {"reference": voucher.reference}))
        self.assertEqual((voucher.state, voucher.transaction_id.state), ("expired", "cancel"))
        self._receive(self._pay_at_bank(voucher))
        self.assertEqual((voucher.state, voucher.transaction_id.state), ("paid", "done"))
        self.assertEqual(self._payments(self.subscription).amount, 349.0)
        notes = self.subscription.message_ids.mapped("body")
        self.assertTrue([note for note in notes if "after it expired" in note])

    def test_time_left(self):
        voucher = self._start_cash()
        now = fields.Datetime.now()
        for minutes, text in (
            (48 * 60, "48 hours left"),
            (89, "1 hour left"),
            (29, "less than one hour left"),
        ):
            with freeze_time(now):
                voucher.due_at = fields.Datetime.now() + timedelta(minutes=minutes)
                self.assertEqual(voucher._get_display_values()["time_left"], text)

    def test_renew(self):
        """One tap: a new reference for the same debt; the old one is still booked when paid."""
        old = self._overdue(self._start_cash(months=2))
        fresh = old._renew()
        fresh._outbox_process_one()
        self.assertNotEqual(fresh, old)
        self.assertEqual((fresh.amount, fresh.months), (old.amount, 2))
        self.assertNotEqual(fresh.reference, old.reference)
        self.assertEqual(old._renew(), fresh)
        self.assertEqual(old._get_successor(), fresh)
        self.assertEqual(fresh._renew(), fresh)
        self._receive(self._pay_at_bank(old))
        self.assertEqual((old.state, fresh.state), ("paid", "pending"))
        self.assertEqual(self._payments(self.subscription).isp_reference, old.reference)

    def test_renew_another_debt(self):
        """Price changed or paid meanwhile: the customer sees the new amount first."""
        old = self._overdue(self._start_cash())
        self.subscription.price_override = 400.0
        self.assertFalse(old._renew())
        self.subscription.price_override = 349.0
        spei = self._start_voucher(self.subscription)
        self.env.flush_all()
        hour_ago = SQL("UPDATE isp_payment_voucher SET create_date = create_date - INTERVAL '1 h'")
        self.env.execute_query(SQL("%s RETURNING id", hour_ago))
        old.invalidate_recordset(["create_date"])
        self._receive(self._pay_at_bank(spei))
        self.assertFalse(old._renew())

    def test_renew_method_switched_off(self):
        old = self._overdue(self._start_cash())
        self.provider.payment_method_ids -= self.paynet
        with self.assertRaises(UserError):
            old._renew()

    def _invoice_tx(self, move, reference):
        return self._create_transaction(
            reference,
            move.amount_residual,
            payment_method_id=self.paynet.id,
            invoice_ids=[Command.set(move.ids)],
        )

    def test_reference_of_an_invoice_lives_on(self):
        """Odoo's own payment form asked twice gives one reference; expired, it is renewed."""
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("account_payment.enable_portal_payment", "True")
        move = self.init_invoice("out_invoice", partner=self.customer, amounts=[100.0], post=True)
        first, second = self._invoice_tx(move, "A"), self._invoice_tx(move, "B")
        url = first._get_specific_rendering_values({})["api_url"]
        voucher = first.isp_voucher_id
        voucher._outbox_process_one()
        self.assertEqual(second._get_specific_rendering_values({})["api_url"], url)
        self.assertEqual((second.state, second.isp_voucher_id.id), ("cancel", False))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            voucher._create_for(self._invoice_tx(move, "C"))
        self._overdue(voucher)
        fresh = voucher._renew()
        fresh._outbox_process_one()
        self.assertEqual((fresh.state, voucher._get_successor()), ("pending", fresh))
        self.assertEqual(voucher._renew(), fresh)
        self._receive(self._pay_at_bank(fresh))
        self.assertEqual(move.amount_residual, 0.0)
        self.assertFalse(voucher._renew())
