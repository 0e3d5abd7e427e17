from odoo import fields, models


class IspSuspension(models.Model):
    """Which cut-off run made the suspension."""

    _inherit = "isp.suspension"

    run_id = fields.Many2one(
        "isp.run",
        readonly=True,
        index="btree_not_null",
        default=lambda self: self.env.context.get("isp_run_id"),
        groups="isp_subscription.group_isp_readonly",
    )
