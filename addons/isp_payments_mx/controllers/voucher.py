import base64

from werkzeug.exceptions import NotFound

from odoo.exceptions import LockError, UserError
from odoo.http import content_disposition, request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController

from .given import opens

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
            "isp_svg": self._openpay_svg_url,
            "paid_rows": voucher_sudo._get_paid_rows(),
            "paid_since": voucher_sudo.state == "pending" and voucher_sudo._paid_since(),
            "receipt_url": f"/my/isp/payments/{tx_sudo.payment_id.id}/receipt"
            if own and tx_sudo.payment_id
            else "",
            "is_own": own,
            "page_url": tx_sudo._openpay_voucher_url(),
            "renew_url": tx_sudo._openpay_voucher_url("/renew"),
            "successor_url": self._openpay_successor_url(voucher_sudo),
            "pdf_url": tx_sudo._openpay_voucher_url("/pdf"),
            "state_url": tx_sudo._openpay_voucher_url("/state"),
            "pay_again_url": self._openpay_pay_again_url(voucher_sudo),
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
        state = voucher_sudo._get_display_state()
        return request.make_json_response({"state": state}, headers=headers)

    @route(
        "/payment/openpay/voucher/<int:tx_id>/renew",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def openpay_voucher_renew(self, tx_id, access_token=None, **kwargs):
        """Make a new reference for the debt of an expired one, and show it."""
        voucher_sudo = self._openpay_voucher(tx_id, access_token)
        try:
            fresh_sudo = voucher_sudo._renew()
        except (UserError, LockError):
            fresh_sudo = voucher_sudo.browse()
        if not fresh_sudo:
            return request.redirect(self._openpay_pay_again_url(voucher_sudo), code=303)
        if fresh_sudo.state == "preparing":
            fresh_sudo._send_now()
        return request.redirect(fresh_sudo.transaction_id._openpay_voucher_url(), code=303)

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
        "/payment/openpay/logo/<any('isp.payment.bank','isp.payment.store'):model>/<int:entry_id>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        readonly=True,
        save_session=False,
    )
    def openpay_logo(self, model, entry_id, **kwargs):
        """Send the logo of a bank or store of the catalogues: public by purpose."""
        entry_sudo = request.env[model].sudo().browse(entry_id).exists()
        if not entry_sudo.logo:
            raise NotFound()
        return request.env["ir.binary"]._get_image_stream_from(entry_sudo, "logo").get_response()

    def _openpay_svg_url(self, svg):
        """Return an SVG as the address of an image: no request more, and no markup to trust."""
        return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"

    def _openpay_pay_again_url(self, voucher_sudo):
        """Return where the customer sees what he owes now."""
        if voucher_sudo.subscription_id:
            return f"/my/isp/pay?subscription_id={voucher_sudo.subscription_id.id}"
        invoice_sudo = voucher_sudo.transaction_id.invoice_ids[:1]
        return f"/my/invoices/{invoice_sudo.id}" if invoice_sudo else "/my"

    def _openpay_successor_url(self, voucher_sudo):
        """Return the page of the reference that took the place of an expired one, if any."""
        successor_sudo = voucher_sudo._get_successor()
        return successor_sudo.transaction_id._openpay_voucher_url() if successor_sudo else ""

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
        if not opens(access_token, tx_id, reference):
            raise NotFound()
        if not tx_sudo.isp_voucher_id:
            raise NotFound()
        return tx_sudo.isp_voucher_id
