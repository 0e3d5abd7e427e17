import io
import zipfile
from datetime import date, timedelta
from unittest.mock import patch

import openpyxl
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

from .common import IspPacCommon


@tagged("post_install", "-at_install")
class TestMonth(IspPacCommon, IspHttpCommon):
    """The accountant's files, and what the read-only accountant may do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._office_user("cfdi_month_accountant", "isp_cfdi.group_isp_accountant")
        cls.today = cls.company._isp_today()
        cls.month = f"{cls.today:%Y-%m}"

    @classmethod
    def _office_user(cls, login, group, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login=login,
            password=login,
            groups=f"base.group_user,{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def _get(self, file, month=None, company=None, user=None):
        user = user or self.accountant
        self.authenticate(user.login, user.login)
        company = company or self.company
        return self.url_open(f"/isp_cfdi/month/{company.id}/{month or self.month}/{file}")

    def _wizard(self, **values):
        values = {"company_id": self.company.id, "month": self.month, **values}
        return self.env["isp.cfdi.month"].with_user(self.accountant).create(values)

    def _archive(self, answer):
        self.assertEqual(answer.status_code, 200)
        book = zipfile.ZipFile(io.BytesIO(answer.content))
        self.assertIsNone(book.testzip())
        return {name.partition("/")[2]: book.read(name) for name in book.namelist()}

    # === FILES === #

    def test_archive_holds_xml_pdf_and_receipts(self):
        valid, gone = self._stamped_document(), self._stamped_document(months=2)
        self.env["isp.cfdi.cancellation"]._isp_request(gone, "02")._outbox_process_one()
        gone.action_check_sat()
        self.assertEqual(gone.state, "cancelled")
        answer = self._get("zip")
        self.assertNotIn("Content-Length", answer.headers)
        self.assertIn(f"CFDI_RTA190412AB9_{self.month}.zip", answer.headers["Content-Disposition"])
        files = self._archive(answer)
        name = f"RTA190412AB9_{valid.serie}_{valid.folio}_{valid.uuid}"
        other = f"RTA190412AB9_{gone.serie}_{gone.folio}_{gone.uuid}"
        self.assertEqual(files[f"ingresos/xml/{name}.xml"], valid._isp_xml())
        self.assertTrue(files[f"ingresos/pdf/{name}.pdf"].startswith(b"%PDF-"))
        self.assertEqual(files[f"cancelados/xml/{other}.xml"], gone._isp_xml())
        receipt = gone.sudo().cancellation_ids.acuse_attachment_id.raw
        self.assertTrue(receipt)
        self.assertEqual(files[f"acuses/{other}_acuse.xml"], receipt)
        self.assertEqual(len(files), 5)
        without = self._archive(self._get("zip?pdf=0"))
        self.assertFalse([path for path in without if path.endswith(".pdf")])

    def test_receipt_of_an_earlier_month_comes_with_its_own_month(self):
        document = self._stamped_document()
        self.env["isp.cfdi.cancellation"]._isp_request(document, "02")._outbox_process_one()
        new = self._stamped_document()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE isp_cfdi_document SET issued_at = issued_at - interval '40 days' WHERE id = %s",
            [document.id],
        )
        files = self._archive(self._get("zip?pdf=0"))
        receipts = [path for path in files if path.startswith("acuses/")]
        self.assertEqual(len(receipts), 1)
        self.assertIn(document.uuid, receipts[0])
        self.assertEqual(len([path for path in files if new.uuid in path]), 1)

    def test_damaged_file_is_named_and_the_rest_is_given(self):
        damaged, good = self._stamped_document(), self._stamped_document()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE isp_cfdi_document SET stamped_sha256 = 'x' WHERE id = %s", [damaged.id]
        )
        self.env.invalidate_all()
        files = self._archive(self._get("zip?pdf=0"))
        self.assertIn(damaged.uuid, files["LEEME.txt"].decode())
        self.assertTrue([path for path in files if good.uuid in path])

    def test_workbook_has_a_row_per_document(self):
        document = self._stamped_document()
        answer = self._get("xlsx")
        self.assertEqual(answer.status_code, 200)
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        self.assertEqual(book.sheetnames, ["CFDI", "REP", "IVA", "Por RFC (DIOT)"])
        head, row = book["CFDI"].iter_rows(values_only=True)
        found = dict(zip(head, row, strict=True))
        self.assertEqual(found["UUID"], document.uuid)
        self.assertEqual(found["IVA cobrado MXN"], 48.14)
        self.assertEqual(found["Estado"], "Vigente")
        self.assertEqual(found["Registro en Odoo"], document.move_id.name)

    def test_month_ends_at_midnight_of_the_place_of_issue(self):
        documents = self.documents
        start, end = documents._isp_month_bounds(self.company, date(2026, 1, 15))
        self.assertEqual((str(start), str(end)), ("2026-01-01 06:00:00", "2026-02-01 06:00:00"))
        self.company.isp_cfdi_tz = "America/Tijuana"
        start, end = documents._isp_month_bounds(self.company, date(2026, 3, 1))
        self.assertEqual((str(start), str(end)), ("2026-03-01 08:00:00", "2026-04-01 07:00:00"))

    def test_figures_of_the_list_come_from_the_xml(self):
        document = self._stamped_document(months=2)
        self.assertEqual(document.method, "PUE")
        self.assertEqual(document.payment_form, "03")
        self.assertEqual((document.amount_untaxed, document.amount_iva), (601.72, 96.28))

    # === WIZARD === #

    def test_empty_month_says_so(self):
        wizard = self._wizard(month=f"{self.today - timedelta(days=400):%Y-%m}")
        for action in (wizard.action_zip, wizard.action_sheet):
            with self.assertRaisesRegex(UserError, "has no stamped CFDI in"):
                action()
        self.assertEqual(self._get("zip", month="1999-01").status_code, 404)
        self.assertEqual(self._get("zip", month="november").status_code, 400)

    def test_wizard_downloads_the_chosen_month(self):
        self._stamped_document()
        wizard = self._wizard()
        self.assertEqual((wizard.documents, wizard.missing), (1, 1))
        url = f"/isp_cfdi/month/{self.company.id}/{self.month}/"
        self.assertEqual(wizard.action_zip()["url"], f"{url}zip?pdf=1")
        self.assertEqual(wizard.action_sheet()["url"], f"{url}xlsx")
        action = wizard.action_documents()
        self.assertEqual(self.documents.search_count(action["domain"]), 1)
        with freeze_time("2027-01-15"):
            self.assertEqual(self.env["isp.cfdi.month"]._default_month(), "2026-12")

    def test_many_printed_forms_are_made_by_the_worker_first(self):
        document = self._stamped_document()
        wizard = self._wizard()
        with patch.object(type(self.documents), "_isp_render_limit", lambda self: 0):
            action = wizard.action_zip()
            self.assertIn("1 PDF of this month have to be made first", action["params"]["message"])
            self.assertTrue(document.pdf_wanted_at)
            files = self._archive(self._get("zip"))
            self.assertIn(document.uuid, files["LEEME.txt"].decode())
            self.assertFalse([name for name in files if name.endswith(".pdf")])
            self.env.ref("isp_cfdi.ir_cron_print").method_direct_trigger()
            wizard.invalidate_recordset()
            self.assertEqual(wizard.action_zip()["type"], "ir.actions.act_url")
            self.assertEqual(len(self._archive(self._get("zip"))), 2)

    # === WHO === #

    def test_accountant_reads_and_changes_nothing(self):
        document = self._stamped_document()
        mine = document.with_user(self.accountant)
        self.assertEqual(mine.uuid, document.uuid)
        self.assertTrue(mine.move_id.name)
        self.assertTrue(mine.move_id.line_ids.mapped("account_id.code"))
        denied = (
            mine.action_rebuild,
            mine.action_check_sat,
            mine.unlink,
            lambda: mine.write({"total": 1}),
            lambda: mine.move_id.write({"ref": "x"}),
            lambda: mine.move_id.write({"state": "draft"}),
            lambda: self.payment.with_user(self.accountant).write({"memo": "x"}),
            lambda: (
                self.env["isp.cfdi.cancel"]
                .with_user(self.accountant)
                .create({"document_id": document.id, "motive": "02"})
            ),
            lambda: self.env["isp.cfdi.pac"].with_user(self.accountant).search([]),
            lambda: self.env["isp.subscription"].with_user(self.accountant).search([]),
        )
        for number, attempt in enumerate(denied):
            with self.subTest(number), self.assertRaises(AccessError):
                attempt()

    def test_accountant_sees_his_menus_only(self):
        menus = self.env["ir.ui.menu"].with_user(self.accountant)
        visible = menus.browse(menus._visible_menu_ids())
        for name in ("menu_isp_accounting", "isp_cfdi_month_menu"):
            self.assertIn(self.env.ref(f"isp_cfdi.{name}"), visible)
        self.assertIn(self.env.ref("isp_subscription.menu_isp_root"), visible)
        for name in ("isp_cfdi.isp_cfdi_pac_menu", "isp_subscription.isp_subscription_menu"):
            self.assertNotIn(self.env.ref(name), visible)

    def test_month_is_for_accountants_of_the_company_only(self):
        self._stamped_document()
        other = self.env["res.company"].create({"name": "Other ISP"})
        stranger = self._office_user(
            "cfdi_month_other", "isp_cfdi.group_isp_accountant", company=other
        )
        users = (self.user_technician, self.user_cashier, self.user_readonly, self.portal_user)
        for user in (*users, stranger):
            with self.subTest(user.login):
                self.assertEqual(self._get("zip", user=user).status_code, 404)
                self.assertEqual(self._get("xlsx", user=user).status_code, 404)
        self.assertEqual(self._get("zip?pdf=0", user=self.user_billing).status_code, 200)
        self.authenticate(None, None)
        url = f"/isp_cfdi/month/{self.company.id}/{self.month}/zip"
        answer = self.url_open(url, allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
        for user in (self.user_technician, self.user_readonly):
            with self.assertRaises(AccessError):
                self.env["isp.cfdi.month"].with_user(user).create({"month": self.month})
