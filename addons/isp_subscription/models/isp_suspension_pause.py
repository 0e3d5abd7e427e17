from odoo import fields, models


class IspSuspension(models.Model):
    """A voluntary suspension is the network side of a planned pause."""

    _inherit = "isp.suspension"

    pause_id = fields.Many2one(
        "isp.pause", index="btree_not_null", readonly=True, ondelete="restrict"
    )
