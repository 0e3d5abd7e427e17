from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..services.events import parse_event
from .common import OpenpayCommon

SECRETS = (
    "openpay_merchant_id",
    "openpay_private_key",
    "openpay_webhook_user",
    "openpay_webhook_password",
)


@tagged("post_install", "-at_install")
class TestAccess(OpenpayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal_users = [
            new_test_user(
                cls.env,
                login=f"pay_{partner.id}",
                groups="base.group_portal",
                partner_id=partner.id,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for partner in (cls.customer, cls.other_customer)
        ]
        cls.public_user = cls.env.ref("base.public_user")

    def setUp(self):
        super().setUp()
        self.voucher = self._start_voucher(self._create_subscription())
        body = b'{"type": "charge.created", "transaction": {"id": "tr1", "status": "in_progress"}}'
        events = self.env["isp.payment.event"].sudo()
        events._receive(self.provider, parse_event(body))
        self.event = events.search([], limit=1)

    def _as(self, record, user):
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_customer_reads_his_own_voucher_only(self):
        mine, other = self.portal_users
        voucher = self._as(self.voucher, mine)
        self.assertEqual(voucher.reference, self.voucher.reference)
        self.assertFalse(self._as(self.voucher, other).search([]))
        with self.assertRaises(AccessError):
            self._as(self.voucher, other).read(["reference"])
        for user in (mine, other):
            with self.assertRaises(AccessError):
                self._as(self.voucher, user).write({"amount": 1.0})
            with self.assertRaises(AccessError):
                self._as(self.voucher, user).unlink()

    def test_visitor_reads_nothing(self):
        for record in (self.voucher, self.event):
            with self.assertRaises(AccessError):
                self._as(record, self.public_user).read(["id", "outbox_state"])

    def test_messages_are_for_billing(self):
        for user in (*self.portal_users, self.user_technician, self.user_readonly):
            with self.assertRaises(AccessError):
                self._as(self.event, user).read(["payload"])
        self.assertTrue(self._as(self.event, self.user_billing).payload)
        with self.assertRaises(AccessError):
            self._as(self.event, self.user_billing).action_retry()

    def test_staff_reads_and_does_not_write(self):
        voucher = self._as(self.voucher, self.user_readonly)
        self.assertTrue(voucher.reference)
        for user in (self.user_readonly, self.user_billing, self.user_manager):
            with self.assertRaises(AccessError):
                self._as(self.voucher, user).write({"amount": 1.0})

    def test_exact_request_is_for_administrators(self):
        for user in (self.portal_users[0], self.user_manager):
            with self.assertRaises(AccessError):
                self._as(self.voucher, user).read(["request_body"])

    def test_keys_are_for_administrators(self):
        for user in (self.user_manager, self.portal_users[0]):
            for name in SECRETS:
                with self.assertRaises(AccessError):
                    self._as(self.provider, user).read([name])

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Another ISP"})
        user = new_test_user(
            self.env,
            login="pay_other_company",
            groups="isp_subscription.group_isp_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(self._as(self.voucher, user).search([]))
        self.assertFalse(self._as(self.event, user).search([]))

    def test_catalogues(self):
        """Everybody who pays reads banks and stores; managers keep them."""
        for model in ("isp.payment.bank", "isp.payment.store"):
            entry = self.env[model].search([], limit=1)
            for user in (self.portal_users[0], self.user_readonly):
                self.assertTrue(self._as(entry, user).name)
            for user in (self.user_readonly, self.user_cashier, self.user_billing):
                with self.assertRaises(AccessError):
                    self._as(entry, user).write({"name": "x"})
            with self.assertRaises(AccessError):
                self._as(entry, self.public_user).read(["name"])
            self._as(entry, self.user_manager).write({"name": "x"})

    def test_catalogue_of_another_company(self):
        company = self.env["res.company"].create({"name": "Another ISP"})
        theirs = self.env["isp.payment.store"].create({"name": "Theirs", "company_id": company.id})
        for user in (self.user_manager, self.portal_users[0]):
            with self.assertRaises(AccessError):
                self._as(theirs, user).read(["name"])
