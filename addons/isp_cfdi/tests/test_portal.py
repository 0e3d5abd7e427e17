import io

from odoo.tests import tagged

from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

from .common import IspPacCommon

LIST = "/my/isp/invoices"


@tagged("post_install", "-at_install")
class TestPortal(IspPacCommon, IspHttpCommon):
    def setUp(self):
        super().setUp()
        self.document = self._stamped_document()
        self.authenticate(self.portal_user.login, self.portal_user.login)

    def test_list_shows_recipient_rfc_uuid_total_and_state(self):
        page = self.url_open(LIST).text
        for text in ("CITLALI RANGEL MORA", "RAMC900412QX3", self.document.uuid, "$349.00"):
            self.assertIn(text, page)
        self.assertIn("is-valido", page)
        self.assertIn(f"/my/isp/cfdi/{self.document.uuid}/xml", page)
        self.assertIn(f"/my/isp/cfdi/{self.document.uuid}/pdf", page)

    def test_search_by_rfc_uuid_and_total(self):
        other = self._stamped_document(months=2)
        cases = (("698.00", other), (other.uuid[:18], other), ("349.00", self.document))
        for query, found in cases:
            page = self.url_open(f"{LIST}?q={query}").text
            self.assertIn(found.uuid, page)
            self.assertNotIn(((self.document | other) - found).uuid, page)
        self.assertIn(other.uuid, self.url_open(f"{LIST}?q=RAMC900412QX3").text)
        self.assertNotIn(other.uuid, self.url_open(f"{LIST}?q=zzz").text)

    def test_document_on_its_way_says_so(self):
        waiting = self._paid_document()
        page = self.url_open(LIST).text
        self.assertIn(waiting.name, page)
        self.assertRegex(page, "Ready in a few minutes|Lista en unos minutos")
        self.assertIn("is-pendiente", page)

    def test_row_says_what_it_is_and_links_its_payment(self):
        row = self._row()
        self.assertIn(row["kind"], ("Invoice", "Factura"))
        self.assertEqual(row["payments"]()[0]["label"], f"Payment {self.payment.isp_number}")
        page = self.url_open(LIST).text
        self.assertIn(row["payments"]()[0]["url"].replace("&", "&amp;"), page)
        self.env.flush_all()
        for kind, words in (("E", "Credit note"), ("P", "Payment receipt (REP)")):
            self.env.cr.execute(
                "UPDATE isp_cfdi_document SET kind = %s, amount_paid = 120.5 WHERE id = %s",
                [kind, self.document.id],
            )
            self.document.invalidate_recordset()
            row = self._row()
            self.assertEqual(row["kind"], words)
            self.assertEqual(row["total"], 120.5 if kind == "P" else 349.0)

    def test_badge_follows_sat_with_the_time_of_the_check(self):
        checked = {"sat_checked_at": "2026-11-22 12:00:00"}
        cases = {
            "none": ("valido", "VALID"),
            "requested": ("prorroga", "BEING CANCELLED"),
            "in_process": ("prorroga", "BEING CANCELLED"),
            "rejected": ("valido", "VALID"),
            "cancelled": ("cancelado", "CANCELLED"),
        }
        self.assertFalse(self._row()["checked"])
        for state, badge in cases.items():
            self.document.write({"cancel_state": state, **checked})
            row = self._row()
            self.assertEqual((row["badge"]["kind"], row["badge"]["label"]), badge)
            self.assertRegex(row["checked"], r"2026-11-22 0[5-7]:00")
        self.assertIn(row["checked"], self.url_open(LIST).text)

    def _row(self):
        pages = self.env["isp.portal.page"].with_user(self.portal_user)
        return pages.with_context(lang="en_US")._get_invoice_row_values(
            self.document.with_user(self.portal_user)
        )

    def test_cancelled_document_says_so(self):
        self.env["isp.cfdi.cancellation"]._isp_request(self.document, "02")._outbox_process_one()
        self.document.action_check_sat()
        page = self.url_open(LIST).text
        self.assertIn("is-cancelado", page)
        self.assertRegex(page, "State at SAT last checked on|Estado ante el SAT revisado el")

    def test_xml_is_byte_identical(self):
        answer = self.url_open(f"/my/isp/cfdi/{self.document.uuid}/xml")
        held = self.simulator.get(f"/_control/stamps/{self.document.uuid}")
        self.assertEqual(answer.content, held["xml"].encode())
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn(self.document.uuid[:8], answer.headers["Content-Disposition"])
        lower = self.url_open(f"/my/isp/cfdi/{self.document.uuid.lower()}/xml")
        self.assertEqual(lower.content, answer.content)

    def test_pdf_opens(self):
        answer = self.url_open(f"/my/isp/cfdi/{self.document.uuid}/pdf")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertTrue(io.BytesIO(answer.content).read(5) == b"%PDF-")

    def test_another_customer_finds_nothing(self):
        self.authenticate(self.other_portal_user.login, self.other_portal_user.login)
        for kind in ("xml", "pdf"):
            answer = self.url_open(f"/my/isp/cfdi/{self.document.uuid}/{kind}")
            self.assertEqual(answer.status_code, 404)
        self.assertNotIn(self.document.uuid, self.url_open(LIST).text)
        attachment = self.document.stamped_attachment_id
        self.assertEqual(self.url_open(f"/web/content/{attachment.id}").status_code, 404)

    def test_visitor_is_asked_to_sign_in(self):
        self.authenticate(None, None)
        answer = self.url_open(f"/my/isp/cfdi/{self.document.uuid}/xml", allow_redirects=False)
        self.assertIn(answer.status_code, (302, 303))
        self.assertIn("/web/login", answer.headers["Location"])

    def test_payment_row_links_the_folio(self):
        page = self.url_open("/my/isp/payments").text
        self.assertIn(self.document.name, page)
        self.assertIn(f"/my/isp/cfdi/{self.document.uuid}/pdf", page)
