from odoo import fields, models
from odoo.exceptions import UserError


class IspTillTransfer(models.TransientModel):
    _name = "isp.till.transfer"
    _description = "Cash into or out of a till"

    session_id = fields.Many2one("isp.till.session", required=True)
    currency_id = fields.Many2one(related="session_id.currency_id")
    expected_now = fields.Monetary(related="session_id.expected_now", string="In the drawer")
    kind = fields.Selection([("in", "Cash in"), ("out", "Cash out")], default="out", required=True)
    amount = fields.Monetary(required=True)
    reason_id = fields.Many2one("isp.till.reason", required=True, domain="[('kind', '=', kind)]")
    note = fields.Char()
    movement_id = fields.Many2one(
        "isp.till.movement", readonly=True, help="What was noted; the button notes once."
    )

    # === ACTION METHODS === #

    def action_move(self):
        """Note the movement; pressed twice, it is noted once."""
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset(["movement_id"])
        if not self.sudo().movement_id:
            if self.reason_id.kind != self.kind:
                raise UserError(self.env._("Choose a reason for this direction."))
            movement = self.session_id._isp_move_cash(
                self.kind, self.amount, self.reason_id, self.note
            )
            self.sudo().movement_id = movement.id
        return {"type": "ir.actions.act_window_close"}
