from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .card_common import CardMixin
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestCardAccess(CardMixin, OpenpayCommon):
    """Who may see card charges, cards to store and stored cards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine, cls.other = (
            new_test_user(
                cls.env,
                login=f"card_{partner.id}",
                groups="base.group_portal",
                partner_id=partner.id,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for partner in (cls.customer, cls.other_customer)
        )

    def setUp(self):
        super().setUp()
        self.charge = self._start_card(self._create_subscription())
        self.row = self._register_card()

    def _as(self, record, user):
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_customer_reads_his_own_only(self):
        for record in (self.charge, self.row):
            self.assertTrue(self._as(record, self.mine).state)
            self.assertFalse(self._as(record, self.other).search([]))
            with self.assertRaises(AccessError):
                self._as(record, self.other).read(["state"])
            for user in (self.mine, self.other):
                with self.assertRaises(AccessError):
                    self._as(record, user).write({"outbox_state": "ready"})

    def test_staff_reads_and_does_not_write(self):
        for record in (self.charge, self.row):
            for role in ("readonly", "technician", "cashier", "billing", "manager"):
                user = getattr(self, f"user_{role}")
                self.assertTrue(self._as(record, user).state)
                with self.assertRaises(AccessError):
                    self._as(record, user).unlink()
                with self.assertRaises(AccessError):
                    self._as(record, user).write({"outbox_state": "ready"})

    def test_keys_are_for_administrators(self):
        token = self.row.token_id
        secrets = (
            (self.charge, ("request_body", "payer_ip", "start_token")),
            (self.row, ("source_token", "device_session", "payer_ip")),
            (token, ("openpay_card_id", "openpay_customer_id")),
        )
        for record, names in secrets:
            for user in (self.mine, self.user_manager):
                for name in names:
                    with self.assertRaises(AccessError):
                        self._as(record, user).read([name])

    def test_visitor_reads_nothing(self):
        public_user = self.env.ref("base.public_user")
        for record in (self.charge, self.row):
            with self.assertRaises(AccessError):
                self._as(record, public_user).read(["state"])

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Another ISP"})
        user = new_test_user(
            self.env,
            login="card_other_company",
            groups="isp_subscription.group_isp_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for record in (self.charge, self.row):
            self.assertFalse(self._as(record, user).search([]))

    def test_button_is_for_billing(self):
        self._as(self.charge, self.user_billing).action_check()
        self.assertTrue(self.charge.next_check_at)
        with self.assertRaises(AccessError):
            self._as(self.charge, self.user_technician).action_check()

    def test_brands(self):
        brand = self.env.ref("isp_payments_mx.card_brand_visa").sudo()
        for user in (self.mine, self.user_technician):
            self.assertEqual(self._as(brand, user).name, "Visa")
        for user in (self.mine, self.user_billing):
            with self.assertRaises(AccessError):
                self._as(brand, user).write({"name": "x"})
        self._as(brand, self.user_manager).write({"sequence": 3})

    def test_brands_of_a_company(self):
        company = self.env["res.company"].sudo().create({"name": "Another ISP"})
        brands = self.env["isp.card.brand"].sudo()
        theirs = brands.create({"name": "Visa", "code": "visa", "company_id": company.id})
        self.assertEqual(brands._isp_for(company), theirs)
        self.assertNotIn(theirs, brands._isp_for(self.company))
        self.assertFalse(self._as(brands, self.user_manager).search([("id", "=", theirs.id)]))
