from werkzeug.exceptions import NotFound

from odoo.http import content_disposition, request, route

from .common import IspPortalController

RECEIPT_REPORT = "isp_subscription.action_report_payment_receipt"


class IspPayments(IspPortalController):
    @route("/my/isp/payments", type="http", auth="user", website=True, readonly=True)
    def isp_payments(self, q="", page=1, fragment=None, **kwargs):
        """List the customer's payments, newest first."""
        values = self._isp_page()._get_payment_values(self._isp_query(q), page)
        return self._isp_render_list(
            "isp_portal.payments", "payments", "/my/isp/payments", values, fragment
        )

    @route("/my/isp/invoices", type="http", auth="user", website=True, readonly=True)
    def isp_invoices(self, q="", page=1, fragment=None, **kwargs):
        """List the customer's invoices, newest first."""
        values = self._isp_page()._get_invoice_values(self._isp_query(q), page)
        return self._isp_render_list(
            "isp_portal.invoices", "payments", "/my/isp/invoices", values, fragment
        )

    @route("/my/isp/payments/<int:payment_id>/receipt", type="http", auth="user", website=True)
    def isp_payment_receipt(self, payment_id, **kwargs):
        """Send the PDF "Recibo de pago" of one of the customer's payments."""
        payment = self._isp_page()._get_payment(payment_id)
        if not payment:
            raise NotFound()
        # access was checked above; the report reads the company and the booked invoices
        report_sudo = request.env["ir.actions.report"].sudo()
        content, _kind = report_sudo._render(RECEIPT_REPORT, payment.ids)
        name = request.env._("Payment receipt %s", payment.isp_number)
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(f"{name}.pdf")),
            ("Cache-Control", "private, no-store"),
        ]
        return request.make_response(content, headers=headers)
