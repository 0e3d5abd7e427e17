from odoo import fields, models


class AccountPayment(models.Model):
    """Money that was asked for by a change of plan."""

    _inherit = "account.payment"

    isp_change_id = fields.Many2one(
        "isp.plan.change",
        string="Plan change",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
