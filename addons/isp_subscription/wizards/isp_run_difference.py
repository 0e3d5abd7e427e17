from odoo import fields, models

from ..models.isp_run_line import ACTIONS


class IspRunDifference(models.TransientModel):
    """One difference between a simulation and the real runs of the same day, and its reason."""

    _name = "isp.run.difference"
    _description = "Difference between a simulation and the real run"
    _order = "id"

    run_id = fields.Many2one("isp.run", required=True, ondelete="cascade", readonly=True)
    subscription_id = fields.Many2one("isp.subscription", readonly=True, ondelete="cascade")
    action = fields.Selection(ACTIONS, readonly=True)
    kind = fields.Selection(
        [
            ("missing", "Planned, not done"),
            ("extra", "Done, not planned"),
            ("changed", "Done otherwise"),
        ],
        readonly=True,
    )
    planned = fields.Char(readonly=True)
    done = fields.Char(readonly=True)
    reason = fields.Char(readonly=True)
