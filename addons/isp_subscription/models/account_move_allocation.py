from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    isp_allocation_ids = fields.One2many(
        "isp.allocation",
        "invoice_id",
        string="Allocations",
        readonly=True,
        groups="isp_subscription.group_isp_readonly,base.group_portal",
    )
