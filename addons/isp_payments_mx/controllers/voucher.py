from werkzeug.exceptions import NotFound

from odoo.http import content_disposition, request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController
from odoo.addons.payment import utils as payment_utils

REPORT = "isp_payments_mx.action_report_voucher"


class OpenpayVoucher(IspPortalController):
    """The page of a reference, its print and its state. The token in the address is the key."""

    @route(
        "/payment/openpay/voucher/<int:tx_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        readonly=True,
    )
    def openpay_voucher(self, tx_id, access_token=None, **kwargs):
        """Show how to pay the reference, or that it is paid."""
        voucher_sudo = self._openpay_voucher(tx_id, access_token)
        tx_sudo = voucher_sudo.transaction_id
        user_partner = request.env.user.partner_id.commercial_partner_id
        own = user_partner == voucher_sudo.partner_id
        values = {
            "isp": self._openpay_shell(voucher_sudo),
            "fmt": voucher_sudo._isp_formatter(),
            "voucher": voucher_sudo._get_display_values(),
            "paid_rows": voucher_sudo._get_paid_rows(),
            "receipt_url": f"/my/isp/payments/{tx_sudo.payment_id.id}/receipt"
            if own and tx_sudo.payment_id
            else "",
            "is_own": own,
            "page_url": tx_sudo._openpay_voucher_url(),
            "pdf_url": tx_sudo._openpay_voucher_url("/pdf"),
            "state_url": tx_sudo._openpay_voucher_url("/state"),
            "pay_again_url": f"/my/isp/pay?subscription_id={voucher_sudo.subscription_id.id}",
        }
        return self._isp_render("isp_payments_mx.voucher_page", "pay", values)

    @route(
        "/payment/openpay/voucher/<int:tx_id>/state",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        readonly=True,
        save_session=False,
    )
    def openpay_voucher_state(self, tx_id, access_token=None, **kwargs):
        """Answer the state of the voucher as JSON; asked every few seconds, so it reads one row."""
        voucher_sudo = self._openpay_voucher(tx_id, access_token)
        headers = [("Cache-Control", "no-store")]
        return request.make_json_response({"state": voucher_sudo.state}, headers=headers)

    @route(
        "/payment/openpay/voucher/<int:tx_id>/pdf",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def openpay_voucher_pdf(self, tx_id, access_token=None, **kwargs):
        """Send the print of the reference, with the same data as the page."""
        voucher_sudo = self._openpay_voucher(tx_id, access_token)
        if not voucher_sudo.reference:
            raise NotFound()
        # the token was checked; the report reads the company and the transaction
        report_sudo = request.env["ir.actions.report"].sudo()
        content, _kind = report_sudo._render_typst_pdf(REPORT, voucher_sudo.ids)
        name = request.env._("Payment receipt %s", voucher_sudo.reference)
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(f"{name}.pdf", "inline")),
            ("Cache-Control", "private, no-store"),
        ]
        return request.make_response(content, headers=headers)

    @route(
        "/payment/openpay/bank/<int:bank_id>/logo",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        readonly=True,
        save_session=False,
    )
    def openpay_bank_logo(self, bank_id, **kwargs):
        """Send the logo of a bank of the catalogue: public by purpose."""
        bank_sudo = request.env["isp.payment.bank"].sudo().browse(bank_id).exists()
        if not bank_sudo.logo:
            raise NotFound()
        return request.env["ir.binary"]._get_image_stream_from(bank_sudo, "logo").get_response()

    def _openpay_shell(self, voucher_sudo):
        """Return the shell of the area with the phones of the company that is paid."""
        company_sudo = voucher_sudo.company_id
        phones = (company_sudo.isp_support_phone_1, company_sudo.isp_support_phone_2)
        shell = self._isp_page()._get_shell_values()
        return {**shell, "phones": [phone for phone in phones if phone]}

    def _openpay_voucher(self, tx_id, access_token):
        """Return the voucher of a transaction whose token was given.

        :raise NotFound: no such transaction, wrong token or no voucher: one answer for all
        """
        tx_sudo = request.env["payment.transaction"].sudo().browse(tx_id).exists()
        reference = tx_sudo.reference if tx_sudo else ""
        if not payment_utils.check_access_token(access_token or "", tx_id, reference):
            raise NotFound()
        if not tx_sudo.isp_voucher_id:
            raise NotFound()
        return tx_sudo.isp_voucher_id
