from odoo import api, fields, models
from odoo.fields import Domain

ICONS = {"spei": "bank", "paynet": "store"}


class IspPortalPage(models.AbstractModel):
    """References that wait for money, before the list of payments."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_pending_references(self):
        """Extend: the customer's live references, the one that expires first at the top.

        A reference whose service was paid in another way meanwhile waits for nothing any more.
        """
        vouchers = self.env["isp.payment.voucher"].search(
            Domain("partner_id", "=", self.env.user.partner_id.commercial_partner_id.id)
            & Domain("state", "in", ("preparing", "pending"))
            & Domain("due_at", ">", fields.Datetime.now()),
            order="due_at, id",
        )
        fmt = self._get_formatter()
        waiting = vouchers.filtered(lambda voucher: not voucher.sudo()._paid_since())
        rows = [self._get_pending_reference(voucher, fmt) for voucher in waiting]
        return super()._get_pending_references() + rows

    @api.model
    def _get_pending_reference(self, voucher, fmt):
        """Return one row: how, how much, until when, and where the reference is."""
        voucher_sudo = voucher.sudo()  # method and transaction are not the customer's to read
        return {
            "icon": ICONS.get(voucher_sudo.payment_method_id.code, "clock"),
            "title": voucher_sudo._get_short_title(),
            "amount": voucher.amount,
            "due": fmt.receipt_moment(voucher.due_at),
            "time_left": voucher_sudo._get_time_left(fmt),
            "url": voucher_sudo.transaction_id._openpay_voucher_url(),
        }
