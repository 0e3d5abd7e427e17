from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .http_common import IspHttpCommon

REPORT = "isp_subscription.payment_receipt"


@tagged("post_install", "-at_install")
class TestReport(IspHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription(date_start=date(2026, 1, 21))
        cls.subscription._bill_periods(2)
        cls.company.write({"isp_support_phone_1": "443 100 2000", "isp_portal_title": "CX"})
        cls.payment = cls._pay(cls.subscription, 349.0 * 2 + 10)
        cls.reports = cls.env["ir.actions.report"]
        cls.english = cls.payment.with_context(lang="en_US")

    def test_receipt_is_a_pdf(self):
        pdf, kind = self.reports._render(REPORT, self.payment.ids)
        self.assertEqual(kind, "pdf")
        self.assertTrue(pdf.startswith(b"%PDF"))

    def test_data_of_the_receipt(self):
        data = self.english._isp_typst_data(self.reports)
        self.assertEqual(data["total"], "$708.00 MXN")
        self.assertEqual(len(data["lines"]), 3)
        self.assertEqual(data["lines"][-1][1], "$10.00 MXN")
        rows = dict(data["rows"])
        self.assertEqual(rows["Next cut-off"], "2026-03-21")
        self.assertEqual(rows["Payment no."], str(self.payment.isp_number))
        self.assertRegex(rows["Payment date"], r"^\d\d/\d\d/\d{4} \d\d:\d\d:\d\d \(America/")

    def test_partial_payment_is_told_apart(self):
        self.subscription._bill_periods(1)
        payment = self._pay(self.subscription, 50.0)
        lines = payment.with_context(lang="en_US")._isp_typst_data(self.reports)["lines"]
        self.assertEqual(lines[0][1], "$50.00 MXN")
        self.assertIn("on account", lines[0][0])

    def test_draft_payment_is_not_a_receipt(self):
        self.payment.action_draft()
        self.assertEqual(self.english._isp_typst_data(self.reports)["state"], "NOT VALID")

    def test_receipt_speaks_spanish(self):
        data = self.payment.with_context(lang="es_MX")._isp_typst_data(self.reports)
        self.assertEqual(data["title"], "Recibo de pago")
        self.assertIn(("Forma de pago", "Efectivo Oficina/Sucursal"), data["rows"])

    def test_several_payments_in_one_document(self):
        other = self._pay(self.subscription, 20.0)
        one, _kind = self.reports._render_typst_pdf(REPORT, self.payment.ids)
        both, _kind = self.reports._render_typst_pdf(REPORT, (self.payment | other).ids)
        self.assertGreater(both.count(b"/Page"), one.count(b"/Page"))

    def test_broken_template_is_a_readable_error(self):
        report = self.env.ref("isp_subscription.action_report_payment_receipt").sudo()
        for path in (False, "isp_subscription/report/absent.typ"):
            report.isp_typst_template = path
            with self.subTest(path=path), self.assertRaises(UserError):
                self.reports._render_typst_pdf(REPORT, self.payment.ids)

    def test_other_customer_cannot_print_it(self):
        with self.assertRaises(AccessError):
            self.reports.with_user(self.other_portal_user)._render_typst_pdf(
                REPORT, self.payment.ids
            )

    def test_route_serves_the_pdf_to_who_may_read_the_payment(self):
        url = f"/report/typst-pdf/{REPORT}/{self.payment.id}"
        self.authenticate(self.portal_user.login, self.portal_user.login)
        response = self.url_open(url)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertTrue(response.content.startswith(b"%PDF"))
        self.assertIn(str(self.payment.isp_number), response.headers["Content-Disposition"])
        self.authenticate(self.other_portal_user.login, self.other_portal_user.login)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(url).status_code, 403)
