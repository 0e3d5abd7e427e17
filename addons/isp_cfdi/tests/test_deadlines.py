from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .issue_common import IspIssueCommon


@tagged("post_install", "-at_install")
class TestDeadlines(IspIssueCommon):
    """What SAT wants by when: rows, activities before the date, and closed when done."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deadlines = cls.env["isp.cfdi.deadline"].sudo()
        cls.company.isp_cfdi_user_id = cls.user_billing

    def _refresh(self, kind, at=None):
        if at:
            with freeze_time(at):
                self.deadlines._isp_refresh(self.company)
        else:
            self.deadlines._isp_refresh(self.company)
        return self.deadlines.search([("kind", "=", kind), ("company_id", "=", self.company.id)])

    def test_stamp_within_72_hours(self):
        document = self._paid_document()
        row = self._refresh("stamp")
        self.assertEqual(row.document_id, document)
        self.assertEqual(row.due_at, document.issued_at + timedelta(hours=72))
        self.assertFalse(row.activity_ids)
        self._refresh("stamp", document.issued_at + timedelta(hours=50))
        self.assertEqual(row.activity_ids.user_id, self.user_billing)
        self._refresh("stamp", document.issued_at + timedelta(hours=60))
        self.assertEqual(len(row.activity_ids), 1)
        self._work()
        self._refresh("stamp")
        self.assertEqual(row.state, "done")
        self.assertFalse(row.activity_ids)

    def test_complement_by_the_fifth(self):
        self.company.isp_cfdi_policy = "invoice"
        move = self._invoice(580.0)
        self._work()
        self._pay_move(move)
        instalments = self.env["isp.cfdi.instalment"].sudo()
        instalment = instalments.search([("move_id", "=", move.id)])
        instalment.due_date = date(2027, 1, 5)
        row = self._refresh("rep")
        self.assertEqual(row.due_at, datetime(2027, 1, 6, 6))
        self._refresh("rep", "2027-01-05 12:00:00")
        self.assertTrue(row.activity_ids)
        instalments._isp_issue_reps(self.company)
        self._refresh("rep", "2027-01-05 13:00:00")
        self.assertEqual(row.state, "open", "only a stamp reports a payment")
        self._work()
        self._refresh("rep", "2027-01-07 13:00:00")
        self.assertEqual(row.state, "missed")

    def test_global_within_24_hours(self):
        move = self._receipt()
        self.assertFalse(self._refresh("global"))
        self._close_period()
        row = self._refresh("global")
        end = move.isp_cfdi_place_ids.period_end
        self.assertEqual(row.key, str(end))
        limit = datetime(end.year, end.month, end.day, 6) + timedelta(days=2)
        self.assertEqual(row.due_at, limit)
        self.assertTrue(row.activity_ids)
        self._globals()
        self._refresh("global")
        self.assertEqual(row.state, "done")

    def test_pue_is_paid_by_the_end_of_the_month(self):
        self.company.isp_cfdi_policy = "month_end"
        move = self._invoice(100.0, invoice_date_due=self.company._isp_today())
        row = self._refresh("pue")
        self.assertEqual(row.move_id, move)
        self._pay_move(move)
        self._refresh("pue")
        self.assertEqual(row.state, "done")

    def test_last_day_to_cancel(self):
        self.company.isp_cfdi_policy = "payment"
        document = self._stamped_document()
        document.cancel_state = "in_process"
        row = self._refresh("cancel")
        year = fields.Datetime.context_timestamp(
            row.with_context(tz="America/Mexico_City"), document.issued_at
        ).year
        self.assertEqual(row.due_at, datetime(year + 1, 4, 1, 6))
        self.company.isp_cfdi_cancel_month = 4
        self._refresh("cancel")
        self.assertEqual(row.due_at, datetime(year + 1, 5, 1, 6))

    def test_job_watches_and_staff_reads(self):
        self._paid_document()
        with self.enter_registry_test_mode():
            self.env.ref("isp_cfdi.ir_cron_deadlines").method_direct_trigger()
        self.env.invalidate_all()
        row = self.deadlines.search([("kind", "=", "stamp"), ("state", "=", "open")], limit=1)
        self.assertEqual(
            row.with_user(self.user_readonly).action_open()["res_id"], row.document_id.id
        )
        late = self.deadlines.search([("is_late", "=", True)])
        self.assertNotIn(row, late)
        with freeze_time(row.due_at + timedelta(hours=1)):
            row.invalidate_recordset()
            self.assertIn(row, self.deadlines.search([("is_late", "=", True)]))
            self.assertTrue(row.is_late)
        with self.assertRaises(AccessError):
            row.with_user(self.user_manager).write({"state": "done"})
        other = self.env["res.company"].create({"name": "Other ISP"})
        stranger = new_test_user(
            self.env,
            login="cfdi_deadline_other",
            groups="isp_subscription.group_isp_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.deadlines.with_user(stranger).sudo(False).search([]))
        with self.assertRaises(AccessError):
            self.deadlines.with_user(self._portal_user()).sudo(False).search([])

    def _portal_user(self):
        return new_test_user(self.env, login="cfdi_deadline_portal", groups="base.group_portal")
