import base64

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .http_common import IspHttpCommon

STAFF = ("readonly", "technician", "cashier", "billing", "manager")
# model: (who may create, who may write, who may delete); everybody of the staff may read.
RIGHTS = {
    "isp.subscription": (
        "cashier billing manager",
        "technician cashier billing manager",
        "manager",
    ),
    "isp.subscription.period": ("", "", ""),
    "isp.suspension": ("manager", "manager", ""),
    "isp.document": (
        "technician cashier billing manager",
        "technician cashier billing manager",
        "manager",
    ),
    "isp.service.address": (
        "technician cashier billing manager",
        "technician cashier billing manager",
        "manager",
    ),
    "isp.zone": ("manager", "manager", "manager"),
    "isp.branch": ("manager", "manager", "manager"),
    "isp.payment.form": ("manager", "manager", "manager"),
}


@tagged("post_install", "-at_install")
class TestSecurity(IspHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._create_everything(cls.customer)
        cls.foreign = cls._create_everything(cls.other_customer)

    @classmethod
    def _create_everything(cls, partner):
        """Return one record of each model that belongs to ``partner``."""
        subscription = cls._create_subscription(partner_id=partner.id)
        address = cls.env["isp.service.address"].create(
            {"partner_id": partner.id, "street": "Av. Madero 1"}
        )
        subscription.service_address_id = address
        move = subscription._bill_periods(1)
        payment = cls._pay(subscription, 349.0)
        subscription.action_suspend()
        document = cls.env["isp.document"].create(
            {
                "title": "Contrato",
                "subscription_id": subscription.id,
                "file": base64.b64encode(b"x"),
                "visible": True,
            }
        )
        records = (
            subscription,
            subscription.period_ids,
            subscription.suspension_ids,
            address,
            document,
            payment,
            move,
        )
        return {record._name: record for record in records}

    def test_rights_of_every_role_on_every_model(self):
        for model, rights in RIGHTS.items():
            for role in STAFF:
                records = self.env[model].with_user(getattr(self, f"user_{role}"))
                expected = [True] + [role in names.split() for names in rights]
                found = [
                    records.has_access(operation)
                    for operation in ("read", "create", "write", "unlink")
                ]
                with self.subTest(model=model, role=role):
                    self.assertEqual(found, expected)

    def test_customer_reads_his_own_records_only(self):
        for model, own in self.own.items():
            records = self.env[model].with_user(self.portal_user)
            with self.subTest(model=model):
                self.assertIn(own, records.search([]))
                self.assertNotIn(self.foreign[model], records.search([]))
                self.assertTrue(own.with_user(self.portal_user).has_access("read"))
                with self.assertRaises(AccessError):
                    self.foreign[model].with_user(self.portal_user).read(["id", "display_name"])

    def test_customer_changes_nothing(self):
        for model, own in self.own.items():
            record = own.with_user(self.portal_user)
            for operation in ("create", "write", "unlink"):
                with self.subTest(model=model, operation=operation):
                    self.assertFalse(record.has_access(operation))

    def test_customer_reads_the_figures_of_his_service(self):
        subscription = self.own["isp.subscription"].with_user(self.portal_user)
        self.assertEqual(subscription.plan_id.name, "Residencial 50")
        self.assertEqual(subscription.balance_due, 0.0)
        self.assertEqual(subscription.credit_balance, 0.0)
        self.assertTrue(subscription.last_payment_date)
        total = self.own["isp.subscription"]._get_payment_quote(1)["total"]
        self.assertGreater(total, 0.0)
        self.assertEqual(subscription._get_payment_quote(1)["total"], total)
        self.assertEqual(subscription.isp_speed_label, "50/20 Mbps")

    def test_notes_of_the_staff_are_not_for_the_customer(self):
        subscription = self.own["isp.subscription"].with_user(self.portal_user)
        for field in ("note", "billing_error"):
            with self.subTest(field=field), self.assertRaises(AccessError):
                subscription.read([field])

    def test_contact_of_the_same_payer_sees_the_service(self):
        contact = self._create_customer("Julia Ibarra", parent_id=self.customer.id)
        user = self._create_portal_user("isp_portal_contact", contact)
        subscription = self.own["isp.subscription"].with_user(user)
        self.assertTrue(subscription.has_access("read"))

    def test_customer_sees_plans_but_no_other_product(self):
        products = self.env["product.template"].with_user(self.portal_user)
        self.assertIn(self.plan_50, products.search([]))
        self.assertNotIn(self.product_a.product_tmpl_id, products.search([]))

    def test_anonymous_visitor_and_plain_employee_read_nothing(self):
        employee = self._create_employee()
        users = {"public": self.env.ref("base.public_user"), "employee": employee}
        for model, own in self.own.items():
            for name, user in users.items():
                with self.subTest(model=model, user=name), self.assertRaises(AccessError):
                    own.with_user(user).read(["id", "display_name"])

    def _create_employee(self):
        return self.env["res.users"].create(
            {
                "name": "Employee",
                "login": "plain_employee",
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
                "group_ids": [(6, 0, self.env.ref("base.group_user").ids)],
            }
        )

    def test_staff_without_accounting_sees_customer_payments_only(self):
        outgoing = self._create_payment(
            self.own["isp.subscription"], 5.0, payment_type="outbound", partner_type="supplier"
        )
        payments = self.env["account.payment"].with_user(self.user_cashier)
        self.assertIn(self.own["account.payment"], payments.search([]))
        self.assertNotIn(outgoing, payments.search([]))
        self.assertIn(outgoing, self.env["account.payment"].with_user(self.user_billing).search([]))
        self.assertFalse(payments.has_access("create"))

    def test_nobody_writes_the_life_of_a_service(self):
        subscription = self.own["isp.subscription"]
        values = {
            "state": "active",
            "cutoff_date": "2099-01-01",
            "network_state": "on",
            "price_total": 1.0,
        }
        for role in STAFF:
            record = subscription.with_user(getattr(self, f"user_{role}"))
            for name, value in values.items():
                with self.subTest(role=role, field=name), self.assertRaises(AccessError):
                    record.write({name: value})

    def test_nobody_writes_what_follows_from_the_entries(self):
        payment = self.own["account.payment"].with_user(self.user_billing)
        move = self.own["account.move"].with_user(self.user_billing)
        values = {"isp_number": 999, "isp_cutoff_to": "2099-01-01", "isp_settled": False}
        for name, value in values.items():
            with self.subTest(field=name), self.assertRaises(AccessError):
                payment.write({name: value})
        with self.assertRaises(AccessError):
            move.write({"isp_paid_on": False})

    def test_accountant_books_a_payment_by_hand(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1).with_user(self.user_billing)
        registers = self.env["account.payment.register"].with_user(self.user_billing)
        wizard = registers.with_context(active_model="account.move", active_ids=move.ids).create({})
        payment = wizard._create_payments()
        self.assertTrue(payment.isp_number)
        self.assertTrue(move.isp_paid_on)
        self.assertEqual(payment.isp_cutoff_to, subscription.cutoff_date)
        payment.action_draft()
        payment.action_cancel()
        self.assertFalse(move.isp_paid_on)

    def test_contract_and_price_are_changed_by_billing(self):
        subscription = self.own["isp.subscription"]
        values = {
            "price_override": 1.0,
            "anchor_day": 9,
            "plan_id": self.plan_100.id,
            "partner_id": self.other_customer.id,
            "date_start": "2026-02-01",
        }
        for role in ("technician", "cashier"):
            record = subscription.with_user(getattr(self, f"user_{role}"))
            record.note = "Called"
            for name, value in values.items():
                with self.subTest(role=role, field=name), self.assertRaises(AccessError):
                    record.write({name: value})
        subscription.with_user(self.user_billing).write({"price_override": 300.0})
        self.assertEqual(subscription.price_total, 300.0)

    def test_cashier_makes_drafts_at_the_price_of_the_plan(self):
        subscriptions = self.env["isp.subscription"].with_user(self.user_cashier)
        values = {"partner_id": self.customer.id, "plan_id": self.plan_50.id}
        for wrong in ({"price_override": 1.0}, {"state": "active"}):
            with self.subTest(values=wrong), self.assertRaises(AccessError):
                subscriptions.create({**values, **wrong})
        draft = subscriptions.create({**values, "price_override": 0.0, "state": "draft"})
        draft.plan_id = self.plan_100
        draft.action_confirm()
        self.assertEqual((draft.state, draft.price_total), ("to_install", 449.0))
        draft.with_user(self.user_technician).action_activate()
        self.assertTrue(draft.date_start)

    def test_buttons_ask_for_the_role_that_sees_them(self):
        subscription = self._create_subscription()
        foreign = {
            "action_bill_next_period": ("readonly", "technician", "cashier"),
            "action_suspend": ("readonly", "technician", "cashier"),
            "action_pause": ("readonly", "technician", "cashier"),
            "action_reactivate": ("readonly", "technician", "cashier"),
            "action_cancel": ("readonly", "technician", "cashier"),
            "action_activate": ("readonly", "cashier"),
            "action_confirm": ("readonly", "technician"),
        }
        for method, roles in foreign.items():
            for user in [self.portal_user, *(getattr(self, f"user_{role}") for role in roles)]:
                record = subscription.with_user(user)
                with self.subTest(method=method, user=user.login), self.assertRaises(AccessError):
                    getattr(record, method)()
        self.assertFalse(subscription.period_ids)
        subscription.with_user(self.user_billing).action_suspend()
        self.assertEqual(subscription.state, "suspended")
        subscription.with_user(self.user_billing).action_reactivate()
        subscription.with_user(self.user_billing).action_bill_next_period()
        self.assertEqual(len(subscription.period_ids), 1)

    def test_implied_groups(self):
        for role in ("billing", "cashier", "technician", "readonly"):
            self.assertTrue(self.user_manager.has_group(f"isp_subscription.group_isp_{role}"))
        self.assertFalse(self.user_cashier.has_group("account.group_account_invoice"))
