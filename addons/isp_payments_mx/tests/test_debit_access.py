from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.modules import neutralize
from odoo.tests import new_test_user, tagged

from .common import OpenpayCommon
from .debit_common import DebitMixin


@tagged("post_install", "-at_install")
class TestDebitAccess(DebitMixin, OpenpayCommon):
    """Who may see direct debits and their charges; nobody writes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine, cls.other = (
            new_test_user(
                cls.env,
                login=f"debit_{partner.id}",
                groups="base.group_portal",
                partner_id=partner.id,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for partner in (cls.customer, cls.other_customer)
        )

    def setUp(self):
        super().setUp()
        with self._on("2026-03-10"):
            self.subscription = self._create_subscription(date_start=date(2026, 3, 21))
            self.mandate = self._agree(self.subscription)
        self._bill()
        self.debit = self._announce()

    def _as(self, record, user):
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_customer_reads_his_own_only(self):
        for record in (self.mandate, self.debit):
            self.assertTrue(self._as(record, self.mine).state)
            self.assertFalse(self._as(record, self.other).search([]))
            with self.assertRaises(AccessError):
                self._as(record, self.other).read(["state"])

    def test_nobody_writes(self):
        roles = ("readonly", "technician", "cashier", "billing", "manager")
        users = [self.mine, self.other, *(getattr(self, f"user_{role}") for role in roles)]
        for user in users:
            for record in (self.mandate, self.debit):
                mine = self._as(record, user)
                with self.assertRaises(AccessError):
                    mine.write({"state": "active"})
                with self.assertRaises(AccessError):
                    mine.unlink()
                with self.assertRaises(AccessError):
                    mine.create({"subscription_id": self.subscription.id})

    def test_staff_reads(self):
        for role in ("readonly", "technician", "cashier", "billing", "manager"):
            for record in (self.mandate, self.debit):
                self.assertTrue(self._as(record, getattr(self, f"user_{role}")).state)

    def test_address_is_for_billing(self):
        for user in (self.mine, self.user_technician, self.user_cashier):
            with self.assertRaises(AccessError):
                self._as(self.mandate, user).read(["ip"])
        self.assertEqual(self._as(self.mandate, self.user_billing).ip, "203.0.113.9")
        for user in (self.mine, self.user_manager):
            for name in ("token_id", "registration_id", "start_token"):
                with self.assertRaises(AccessError):
                    self._as(self.mandate, user).read([name])

    def test_visitor_reads_nothing(self):
        for record in (self.mandate, self.debit):
            with self.assertRaises(AccessError):
                self._as(record, self.env.ref("base.public_user")).read(["state"])

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Another ISP"})
        user = new_test_user(
            self.env,
            login="debit_other_company",
            groups="isp_subscription.group_isp_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for record in (self.mandate, self.debit):
            self.assertFalse(self._as(record, user).search([]))
            with self.assertRaises(AccessError):
                self._as(record, user).read(["state"])
        with self.assertRaises(AccessError):
            self._as(self.mandate, user).action_end()

    def test_customers_do_not_use_the_button_of_the_staff(self):
        for user in (self.mine, self.other):
            with self.assertRaises(AccessError):
                self._as(self.mandate, user).action_end()
        self.assertEqual(self.mandate.state, "active")

    def test_copy_of_a_database_charges_nobody(self):
        self.env.flush_all()
        for query in neutralize.get_neutralization_queries(["isp_payments_mx"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertEqual((self.mandate.state, self.debit.state), ("ended", "cancelled"))
        self.assertTrue(self.mandate.consent_text)
        self._work(self.debit, "2026-03-21")
        self.assertEqual(self._charges(), [])
