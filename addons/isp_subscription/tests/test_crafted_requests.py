import base64
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
class TestCraftedRequests(IspCommon):
    """Requests that no screen makes: ids of another company, files behind their document."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company(name="Another company")
        cls.other_company = cls.other["company"]
        cls.foreign = cls._create_foreign_subscription()
        cls.subscription = cls._create_subscription()
        cls.reason = cls.env["isp.cancel.reason"].search([], limit=1)

    @classmethod
    def _create_foreign_subscription(cls):
        plan = cls._create_plan(
            "Foreign plan",
            777.0,
            5.0,
            5.0,
            taxes_id=[Command.set(cls.other["default_tax_sale"].ids)],
            company_id=cls.other_company.id,
        )
        return cls._create_subscription(
            partner_id=cls._create_customer("Ajena Pineda").id,
            plan_id=plan.id,
            company_id=cls.other_company.id,
        )

    def _call(self, role, model, method, *args):
        user = getattr(self, f"user_{role}")
        records = self.env[model].with_user(user).with_context(allowed_company_ids=self.company.ids)
        self.env.invalidate_all()
        return call_kw(records, method, list(args), {})

    def _wizard_values(self, subscription):
        today = self.company._isp_today()
        dates = {"date_from": today, "date_to": date(today.year + 1, today.month, 1)}
        leave = {"effective_date": today, "reason_id": self.reason.id}
        return {
            "isp.counter.payment": {"amount": 10.0},
            "isp.pause.wizard": dates,
            "isp.cancellation.wizard": leave,
            "isp.plan.change.wizard": {"plan_to_id": self.plan_100.id},
        }

    # === ANOTHER COMPANY === #

    def test_assistants_show_nothing_of_another_company(self):
        for model, values in self._wizard_values(self.foreign).items():
            values = {**values, "subscription_id": self.foreign.id}
            with self.subTest(model=model), self.assertRaises(AccessError):
                self._call("manager", model, "web_save", [], values, {"display_name": {}})

    def test_previews_show_nothing_of_another_company(self):
        values = {
            **self._wizard_values(self.foreign)["isp.cancellation.wizard"],
            "subscription_id": self.foreign.id,
        }
        spec = {name: {} for name in [*values, "balance", "preview_html"]}
        found = self._call(
            "cashier", "isp.cancellation.wizard", "onchange", [], values, list(values), spec
        )["value"]
        self.assertFalse(found.get("balance"))
        self.assertNotIn("<table", found.get("preview_html", ""))

    def test_buttons_refuse_a_service_of_another_company(self):
        for role in ("billing", "manager"):
            record = self.foreign.with_user(getattr(self, f"user_{role}"))
            record = record.with_context(allowed_company_ids=self.company.ids)
            self.env.invalidate_all()
            with self.subTest(role=role), self.assertRaises(AccessError):
                record._isp_check_role("billing")

    def test_promise_and_order_of_another_company_are_left_alone(self):
        self.foreign._bill_periods(1)
        promise = self.env["isp.promise"].create(
            {"subscription_id": self.foreign.id, "date_until": self.company._isp_today()}
        )
        order = self.env["isp.network.order"].search([], limit=1)
        with self.assertRaises(AccessError):
            self._call("manager", "isp.promise", "action_cancel", promise.ids)
        self.assertEqual(promise.state, "open")
        if order.company_id == self.other_company:
            with self.assertRaises(AccessError):
                self._call("manager", "isp.network.order", "action_retry", order.ids)

    def test_a_running_service_stays_with_its_company(self):
        self.subscription._bill_periods(1)
        for values in ({"company_id": self.other_company.id}, {"company_id": False}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._call("billing", "isp.subscription", "write", self.subscription.ids, values)
        self.subscription.company_id = self.company
        self.assertEqual(self.subscription.balance_due, 349.0)

    def test_money_is_taken_at_a_till_of_the_company(self):
        self.subscription._bill_periods(1)
        branch = self.env["isp.branch"].create(
            {"name": "Far", "code": "FAR", "company_id": self.other_company.id}
        )
        wrong = (
            {"journal_id": self.other["default_journal_cash"].id},
            {"journal_id": self.company_data["default_journal_misc"].id},
            {"branch_id": branch.id, "journal_id": self.company_data["default_journal_cash"].id},
        )
        for values in wrong:
            wizard = self.env["isp.counter.payment"].create(
                {"subscription_id": self.subscription.id, "amount": 349.0, **values}
            )
            with self.subTest(values=values), self.assertRaises(UserError):
                wizard.with_user(self.user_cashier).action_register()
        self.assertEqual(self.subscription.balance_due, 349.0)

    # === CONTRACT === #

    def test_number_of_the_contract_and_key_of_the_portal(self):
        ids = self.subscription.ids
        for role in ("technician", "cashier"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._call(role, "isp.subscription", "write", ids, {"name": "X"})
        with self.assertRaises(AccessError):
            self._call("manager", "isp.subscription", "write", ids, {"access_token": "x"})

    def test_a_service_in_use_is_not_archived(self):
        ids = self.subscription.ids
        for state in ("active", "suspended"):
            with self.subTest(state=state), self.assertRaises(UserError):
                self._call("manager", "isp.subscription", "action_archive", ids)
            if state == "active":
                self.subscription._suspend("manual")
        draft = self._create_subscription(state="draft")
        self._call("billing", "isp.subscription", "action_archive", draft.ids)
        self.assertFalse(draft.active)

    def test_link_of_the_portal_has_one_question_mark(self):
        address = self.subscription.get_portal_url()
        self.assertIn(f"/my/isp?subscription_id={self.subscription.id}&access_token=", address)

    # === MONEY === #

    def test_a_posted_line_stays_with_its_service(self):
        other = self._create_subscription(partner_id=self.other_customer.id)
        line = self.subscription._bill_periods(1).invoice_line_ids[:1]
        values = {"isp_subscription_id": other.id}
        with self.assertRaises(UserError):
            self._call("billing", "account.move.line", "write", line.ids, values)
        self.assertEqual((self.subscription.balance_due, other.balance_due), (349.0, 0.0))

    def test_a_numbered_payment_is_cancelled_never_deleted(self):
        self.subscription._bill_periods(1)
        payment = self._pay(self.subscription, 349.0)
        number = payment.isp_number
        for method in ("action_draft", "action_cancel"):
            self._call("billing", "account.payment", method, payment.ids)
            with self.subTest(after=method), self.assertRaises(UserError):
                self._call("billing", "account.payment", "unlink", payment.ids)
        self.assertEqual(payment.isp_number, number)

    def test_a_refund_is_booked_on_a_day_it_can_have_left(self):
        today = self.company._isp_today()
        service = self._create_subscription(
            partner_id=self._create_customer("Nora").id, date_start=today
        )
        service._bill_periods(1)
        self._pay(service, 1000.0)
        folio = service._isp_request_cancellation(today, self.reason, "counter", "")
        journal = self.other["default_journal_bank"].id
        for values in ({"date": "2099-01-01"}, {"date": "1999-01-01"}, {"journal_id": journal}):
            wizard = self.env["isp.refund.wizard"].create({"cancellation_id": folio.id, **values})
            with self.subTest(values=values), self.assertRaises(UserError):
                wizard.with_user(self.user_billing).action_confirm()
        self.assertEqual(folio.refund_state, "to_refund")
        wizard = self.env["isp.refund.wizard"].create({"cancellation_id": folio.id})
        wizard.with_user(self.user_billing).action_confirm()
        self.assertEqual((folio.refund_state, folio.refund_payment_id.date), ("refunded", today))

    # === SIGNED FILES === #

    def _create_document(self, **values):
        return self.env["isp.document"].create(
            {
                "title": "Contract",
                "subscription_id": self.subscription.id,
                "file": base64.b64encode(b"signed"),
                **values,
            }
        )

    def test_what_is_signed_stays_signed(self):
        document = self._create_document(signed_on="2026-01-21 18:00:00")
        values = {
            "signed_on": False,
            "file": base64.b64encode(b"other").decode(),
            "partner_id": self.other_customer.id,
            "subscription_id": False,
            "sha256": "0" * 64,
            "version": 9,
        }
        for name, value in values.items():
            with self.subTest(field=name), self.assertRaises(UserError):
                self._call("manager", "isp.document", "write", document.ids, {name: value})
        self._call("manager", "isp.document", "write", document.ids, {"visible": True})

    def test_signed_file_is_not_changed_behind_its_document(self):
        document = self._create_document(signed_on="2026-01-21 18:00:00")
        attachment = document.attachment_id
        data = base64.b64encode(b"other").decode()
        values = {"name": "f", "res_model": "isp.document", "res_field": "file", "datas": data}
        attacks = (
            ("write", attachment.ids, {"datas": data}),
            ("write", attachment.ids, {"res_id": 0}),
            ("unlink", attachment.ids),
            ("create", [{**values, "res_id": document.id}]),
        )
        for attack in attacks:
            with self.subTest(attack=attack), self.assertRaises(UserError):
                self._call("manager", "ir.attachment", *attack)
        self.assertEqual(base64.b64decode(document.with_context(bin_size=False).file), b"signed")

    def test_a_file_that_is_not_signed_is_replaced_and_then_signed(self):
        document = self._create_document()
        before = document.sha256
        new = base64.b64encode(b"other").decode()
        self._call("technician", "isp.document", "write", document.ids, {"file": new})
        self.assertNotEqual(document.sha256, before)
        values = {"signed_on": "2026-01-21 18:00:00"}
        self._call("technician", "isp.document", "write", document.ids, values)
        self._call("manager", "isp.document", "unlink", document.ids)
        self.assertFalse(document.exists())
