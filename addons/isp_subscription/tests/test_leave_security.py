from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .http_common import IspHttpCommon

STAFF = ("readonly", "technician", "cashier", "billing", "manager")
# model: (who may create, who may write, who may delete); everybody of the staff may read.
RIGHTS = {
    "isp.pause": ("", "", ""),
    "isp.cancellation": ("", "technician cashier billing manager", ""),
    "isp.cancellation.line": ("", "", ""),
    "isp.cancel.reason": ("manager", "manager", "manager"),
    "isp.pause.wizard": ("cashier billing manager",) * 3,
    "isp.cancellation.wizard": ("cashier billing manager",) * 3,
    "isp.refund.wizard": ("billing manager",) * 3,
}
WIZARDS = ("isp.pause.wizard", "isp.cancellation.wizard", "isp.refund.wizard")


@tagged("post_install", "-at_install")
class TestLeaveSecurity(IspHttpCommon):
    """Who reads and changes pauses, folios, statements and reasons."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._create_everything(cls.customer)
        cls.foreign = cls._create_everything(cls.other_customer)

    @classmethod
    def _create_everything(cls, partner):
        """Return one record of each model that belongs to ``partner``."""
        today = cls.company._isp_today()
        service = cls._create_subscription(
            partner_id=partner.id, date_start=today, anchor_day=today.day
        )
        service._bill_periods(2)
        pause = service._isp_plan_pause(today + timedelta(30), today + timedelta(45))
        folio = service._isp_request_cancellation(today + timedelta(10))
        return {record._name: record for record in (pause, folio, folio.line_ids)}

    def test_rights_of_every_role_on_every_model(self):
        for model, rights in RIGHTS.items():
            for role in STAFF:
                records = self.env[model].with_user(getattr(self, f"user_{role}"))
                readers = rights[0] if model in WIZARDS else " ".join(STAFF)
                expected = [role in names.split() for names in (readers, *rights)]
                found = [
                    records.has_access(operation)
                    for operation in ("read", "create", "write", "unlink")
                ]
                with self.subTest(model=model, role=role):
                    self.assertEqual(found, expected)

    def test_customer_reads_his_own_records_only_and_changes_nothing(self):
        for model, own in self.own.items():
            records = self.env[model].with_user(self.portal_user).search([])
            with self.subTest(model=model):
                self.assertLessEqual(own, records)
                self.assertFalse(self.foreign[model] & records)
                with self.assertRaises(AccessError):
                    self.foreign[model].with_user(self.portal_user).read(["display_name"])
                for operation in ("create", "write", "unlink"):
                    record = own.with_user(self.portal_user)
                    self.assertFalse(record.has_access(operation), operation)

    def test_customer_sees_the_reasons_offered_to_him(self):
        reasons = self.env["isp.cancel.reason"].with_user(self.portal_user).search([])
        self.assertIn(self.env.ref("isp_subscription.cancel_reason_price"), reasons)
        self.assertNotIn(self.env.ref("isp_subscription.cancel_reason_debt"), reasons)

    def test_other_company_and_visitor_read_nothing(self):
        other = self.env["res.company"].create({"name": "Otra red"})
        stranger = new_test_user(
            self.env,
            login="isp_other_company",
            groups="isp_subscription.group_isp_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        users = {"stranger": stranger, "visitor": self.env.ref("base.public_user")}
        for name, user in users.items():
            for model, own in self.own.items():
                with self.subTest(model=model, user=name), self.assertRaises(AccessError):
                    own.with_user(user).read(["display_name"])

    def test_buttons_ask_for_their_role(self):
        pause, folio = self.own["isp.pause"], self.own["isp.cancellation"]
        cases = (
            (pause, "action_cancel", ("readonly", "technician")),
            (pause, "action_extend", ("readonly", "technician")),
            (pause, "action_return", ("readonly", "technician", "cashier")),
            (folio, "action_withdraw", ("readonly", "technician")),
            (folio, "action_refund", ("readonly", "technician", "cashier")),
            (folio, "action_keep_credit", ("readonly", "technician", "cashier")),
        )
        for record, method, roles in cases:
            users = [self.portal_user, *(getattr(self, f"user_{role}") for role in roles)]
            for user in users:
                with self.subTest(method=method, user=user.login), self.assertRaises(AccessError):
                    getattr(record.with_user(user), method)()
        self.assertEqual((pause.state, folio.state), ("planned", "requested"))

    def test_report_is_for_who_may_read_the_folio(self):
        reports = self.env["ir.actions.report"]
        name, ids = "isp_subscription.final_statement", self.own["isp.cancellation"].ids
        pdf, _kind = reports.with_user(self.user_cashier).sudo()._render(name, ids)
        self.assertTrue(pdf.startswith(b"%PDF"))
        with self.assertRaises(AccessError):
            reports.with_user(self.other_portal_user)._render_typst_pdf(name, ids)

    def test_statement_names_everything(self):
        folio = self.own["isp.cancellation"].with_context(lang="en_US")
        folio.sudo().write({"pickup_date": "2026-12-24", "pickup_note": "Antena"})
        data = folio._isp_typst_data(None)
        self.assertEqual(data["folio"], folio.name)
        self.assertEqual(len(data["lines"]), len(folio.line_ids))
        rows = dict(data["rows"])
        self.assertEqual(rows["Contract"], folio.subscription_id.name)
        self.assertTrue(any("Antena" in note for note in data["notes"]))
        self.assertIn(f"{abs(folio.balance):,.2f}", data["total"])
