from odoo import fields, models


class IspSubscriptionPeriod(models.Model):
    """Days billed by a change of plan know their change."""

    _inherit = "isp.subscription.period"

    change_id = fields.Many2one(
        "isp.plan.change", index="btree_not_null", readonly=True, ondelete="restrict"
    )
