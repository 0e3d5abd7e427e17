from odoo import fields, models


class IspSubscriptionPeriod(models.Model):
    """Days off of a pause know their pause."""

    _inherit = "isp.subscription.period"

    pause_id = fields.Many2one(
        "isp.pause", index="btree_not_null", readonly=True, ondelete="restrict"
    )
