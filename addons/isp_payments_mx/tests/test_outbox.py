import json
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services.clabe import is_valid
from ..services.dates import end_of_day_after
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestOutbox(OpenpayCommon):
    """One voucher, one charge, whatever happens on the way to Openpay."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

    def test_voucher_is_stored_before_anything_is_sent(self):
        voucher = self._start_voucher(self.subscription, months=2, send=False)
        self.assertEqual((voucher.outbox_state, voucher.state), ("ready", "preparing"))
        self.assertEqual(self._charges(), [])
        body = json.loads(voucher.request_body)
        self.assertEqual(body["order_id"], voucher.idempotency_key)
        self.assertEqual(body["amount"], 698.0)
        self.assertEqual(body["description"], voucher.description)
        self.assertIn("Residencial 50", voucher.description)
        self.assertIn("50Mbps/20Mbps", voucher.description)
        self.assertEqual(voucher.transaction_id.state, "draft")

    def test_sent(self):
        voucher = self._start_voucher(self.subscription)
        charge = self._charges()[0]
        self.assertEqual((voucher.outbox_state, voucher.state), ("done", "pending"))
        self.assertEqual(voucher.charge_id, charge["id"])
        self.assertEqual(voucher.reference, charge["payment_method"]["name"])
        self.assertEqual(len(voucher.reference), 20)
        self.assertTrue(is_valid(voucher.clabe))
        self.assertEqual(voucher.agreement, "1411217")
        tx = voucher.transaction_id
        self.assertEqual((tx.state, tx.openpay_charge_id), ("pending", charge["id"]))
        self.assertEqual((tx.isp_months, tx.isp_amount_due), (1, 349.0))

    def test_due_at_the_end_of_the_day(self):
        self.company.isp_voucher_days = 3
        voucher = self._start_voucher(self.subscription)
        self.assertEqual(voucher.due_at, end_of_day_after(voucher.create_date, 3))

    def test_one_live_voucher(self):
        first = self._start_voucher(self.subscription)
        self.assertEqual(self._start_voucher(self.subscription), first)
        other = self._start_voucher(self.subscription, months=2)
        self.assertNotEqual(other, first)
        self.assertEqual(len(self._charges()), 2)

    def test_same_press_same_voucher_even_after_payment(self):
        first = self._start_voucher(self.subscription, start_token="press")
        self._receive(self._pay_at_bank(first))
        self.assertEqual(self._start_voucher(self.subscription, start_token="press"), first)
        second = self._start_voucher(self.subscription, start_token="another press")
        self.assertNotEqual(second, first)

    def test_overdue_voucher_gives_way(self):
        first = self._start_voucher(self.subscription)
        first.due_at = fields.Datetime.now() - timedelta(seconds=1)
        second = self._start_voucher(self.subscription)
        self.assertNotEqual(second, first)
        self.assertEqual((first.state, first.transaction_id.state), ("expired", "cancel"))
        self.assertNotEqual(second.reference, first.reference)

    def test_nothing_to_pay(self):
        quote = {**self.subscription._get_payment_quote(1), "total": 0.0}
        with self.assertRaises(UserError):
            self.subscription._openpay_get_voucher(quote, "spei")

    def test_method_switched_off(self):
        self.provider.payment_method_ids = False
        with self.assertRaises(UserError):
            self._start_voucher(self.subscription)

    def test_lost_answer_is_found_again(self):
        fault = {"kind": "drop", "method": "POST", "path": "/charges$"}
        self.simulator.post("/_control/fault", fault)
        voucher = self._start_voucher(self.subscription)
        self.assertEqual((voucher.outbox_state, voucher.state), ("unknown", "preparing"))
        self._make_due(voucher)
        voucher._outbox_process_one()
        self.assertEqual((voucher.outbox_state, voucher.state), ("done", "pending"))
        self.assertEqual([c["id"] for c in self._charges()], [voucher.charge_id])

    def test_request_that_never_arrived_is_sent_again(self):
        fault = {"kind": "refuse", "method": "POST", "path": "/charges$"}
        self.simulator.post("/_control/fault", fault)
        voucher = self._start_voucher(self.subscription)
        self.assertEqual(voucher.outbox_state, "unknown")
        for _step in ("looked for", "sent"):
            self._make_due(voucher)
            voucher._outbox_process_one()
        self.assertEqual(voucher.state, "pending")
        self.assertEqual(len(self._charges()), 1)

    def test_server_down_then_up(self):
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        voucher = self._start_voucher(self.subscription)
        self.assertEqual((voucher.outbox_state, voucher.attempts), ("ready", 1))
        self.assertGreater(voucher.next_attempt_at, fields.Datetime.now())
        self.provider.openpay_base_url = self.simulator.url
        self._make_due(voucher)
        voucher._outbox_process_one()
        self.assertEqual(voucher.state, "pending")

    def test_refused_for_good(self):
        voucher = self._start_voucher(self.subscription, send=False)
        voucher.request_body = voucher.request_body.replace("bank_account", "barter")
        voucher._outbox_process_one()
        self.assertEqual((voucher.outbox_state, voucher.state), ("error", "failed"))
        self.assertEqual(voucher.transaction_id.state, "error")
        self.assertEqual(voucher.last_error_code, "1001")
        self.assertNotEqual(self._start_voucher(self.subscription), voucher)

    def test_order_of_another_charge_is_not_adopted(self):
        voucher = self._start_voucher(self.subscription, send=False)
        foreign = voucher.request_body.replace("349.0", "1.0")
        self.provider._openpay_request("POST", "charges", body=foreign)
        voucher._outbox_process_one()
        self.assertEqual((voucher.outbox_state, voucher.last_error_code), ("error", "order_id"))
        self.assertIn("amount", voucher.last_error)

    def test_customer_without_mail_uses_the_company(self):
        self.customer.email = False
        self.company.email = "cobranza@example.com"
        voucher = self._start_voucher(self.subscription)
        self.assertEqual(voucher.state, "pending")
        self.company.email = False
        with self.assertRaises(UserError):
            self._start_voucher(self.subscription, months=2)

    def test_redirect_flow_of_odoo(self):
        tx = self._create_transaction("INV/1", 100.0)
        values = tx._get_specific_rendering_values({})
        self.assertIn(f"/payment/openpay/voucher/{tx.id}", values["api_url"])
        self.assertTrue(values["access_token"])
        self.assertEqual(tx.isp_voucher_id.outbox_state, "ready")
        self.assertEqual(self._charges(), [])

    # === WHAT THE CUSTOMER SEES === #

    def _rows(self, voucher, key):
        blocks = {block["key"]: block for block in voucher._get_display_values()["blocks"]}
        return [(row["label"], row["value"]) for row in blocks[key]["rows"]]

    def test_beneficiary_and_bank(self):
        voucher = self._start_voucher(self.subscription)
        self.company.write({"isp_spei_beneficiary": "Red Purépecha SA", "isp_spei_bank": "Banorte"})
        self.assertIn("Red Purépecha SA", dict(self._rows(voucher, "other")).values())
        self.assertIn("Banorte", dict(self._rows(voucher, "info")).values())
        titles = [block["title"] for block in voucher._get_display_values()["blocks"]]
        self.assertIn("From Banorte", titles)
        self.company.write({"isp_spei_beneficiary": False, "isp_spei_bank": False})
        self.assertIn(self.company.name, dict(self._rows(voucher, "other")).values())
        self.assertIn("BBVA Bancomer", dict(self._rows(voucher, "info")).values())

    def test_repeated_fields_are_identical(self):
        voucher = self._start_voucher(self.subscription)
        everywhere = {}
        for key in ("bank", "other", "info"):
            for label, value in self._rows(voucher, key):
                self.assertTrue(value, label)
                everywhere.setdefault(label, set()).add(value)
        self.assertFalse({label for label, values in everywhere.items() if len(values) > 1})

    def test_banks(self):
        voucher = self._start_voucher(self.subscription)
        names = [bank["name"] for bank in voucher._get_display_values()["catalogue"]]
        self.assertIn("BBVA", names)
        other = self.env["res.company"].create({"name": "Another ISP"})
        banks = self.env["isp.payment.bank"]
        banks.create({"name": "Theirs", "company_id": other.id})
        banks.create({"name": "Ours", "company_id": self.company.id})
        banks.search([("name", "=", "HSBC")]).active = False
        names = [bank["name"] for bank in voucher._get_display_values()["catalogue"]]
        self.assertIn("Ours", names)
        self.assertNotIn("Theirs", names)
        self.assertNotIn("HSBC", names)

    def test_settings(self):
        settings = self.env["res.config.settings"].with_company(self.company).create({})
        settings.isp_voucher_days = 4
        settings.execute()
        self.assertEqual(self.company.isp_voucher_days, 4)

    def test_time_left(self):
        voucher = self._start_voucher(self.subscription)
        values = voucher._get_display_values()
        self.assertEqual(values["time_left"], "2 days left")
        voucher._expire()
        self.assertEqual(voucher._get_display_values()["time_left"], "")

    def test_network_and_page_are_settings(self):
        self.company.write({"isp_store_network": "Red Tienda", "isp_store_network_url": False})
        voucher = self._start_voucher(self.subscription, method="paynet")
        steps = voucher._get_display_values()["blocks"][0]["steps"]
        self.assertEqual(len(steps), 5)
        self.assertIn("Red Tienda", steps[1])
        self.assertNotIn("<a", steps[0])
        self.company.isp_store_network_url = 'https://www.tienda.example/"><b'
        step = voucher._get_display_values()["blocks"][0]["steps"][0]
        self.assertIn(">tienda.example<", step)
        self.assertNotIn('"><b', step)

    def test_currency_code(self):
        voucher = self._start_voucher(self.subscription, method="paynet")
        self.assertEqual(voucher._get_display_values()["amount"], "$349.00 MXN")
        self.company.isp_voucher_currency_code = False
        self.assertEqual(voucher._get_display_values()["amount"], "$349.00")

    def test_stores(self):
        voucher = self._start_voucher(self.subscription, method="paynet")
        stores = self.env["isp.payment.store"]
        stores.create({"name": "Abarrotes Lupita", "company_id": self.company.id})
        stores.search([("name", "=", "Extra")]).active = False
        entries = {e["name"]: e for e in voucher._get_display_values()["catalogue"]}
        self.assertEqual(entries["Abarrotes Lupita"]["mark"], "AL")
        self.assertEqual(entries["7-Eleven"]["url"], "")
        self.assertNotIn("Extra", entries)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            stores.create({"name": "Walmart"})
