from odoo import fields, models

BILLING = "isp_subscription.group_isp_billing"


class AccountPayment(models.Model):
    """Money that a bank statement brought, or that one confirmed."""

    _inherit = "account.payment"

    isp_bank_line_id = fields.Many2one(
        "isp.bank.line",
        string="Booked from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=BILLING,
    )
    isp_bank_line_ids = fields.One2many(
        "isp.bank.line", "payment_id", string="Bank movement", readonly=True, groups=BILLING
    )

    _isp_bank_line_uniq = models.UniqueIndex(
        "(isp_bank_line_id) WHERE isp_bank_line_id IS NOT NULL AND state <> 'canceled'",
        "This movement was booked already.",
    )

    def _isp_reference_policy(self):
        """Extend: what payers write as reference repeats; the bank's movement itself does not."""
        line = self.sudo().isp_bank_line_id
        if line and not line.tracking_key and not line.voucher_id:
            return "reuse"
        return super()._isp_reference_policy()

    def write(self, vals):
        """Extend: a payment that is undone gives its movement back to be decided."""
        res = super().write(vals)
        if vals.get("state") in ("canceled", "rejected"):
            self.sudo().isp_bank_line_ids._isp_payment_undone()
        return res
