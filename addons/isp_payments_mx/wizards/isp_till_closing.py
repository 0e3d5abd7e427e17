from odoo import api, fields, models
from odoo.fields import Command

from ..services.till import denominations


class IspTillClosing(models.TransientModel):
    _name = "isp.till.closing"
    _description = "Close a till"

    session_id = fields.Many2one("isp.till.session", required=True)
    currency_id = fields.Many2one(related="session_id.currency_id")
    by_pieces = fields.Boolean(string="Count notes and coins", default=True)
    line_ids = fields.One2many(
        "isp.till.closing.line",
        "wizard_id",
        string="Notes and coins",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    counted_amount = fields.Monetary(
        string="Counted cash", compute="_compute_counted_amount", store=True, readonly=False
    )
    expected_now = fields.Monetary(related="session_id.expected_now")
    difference = fields.Monetary(compute="_compute_difference")
    handed_amount = fields.Monetary(
        string="Handed over", help="Cash that leaves the drawer now; the rest is the next float."
    )
    left_amount = fields.Monetary(string="Left in the drawer", compute="_compute_difference")
    note = fields.Text()

    # === COMPUTE METHODS === #

    @api.depends("session_id")
    def _compute_line_ids(self):
        for wizard in self:
            values = denominations(wizard.session_id.sudo().company_id.isp_till_denominations)
            wizard.line_ids = [Command.clear()] + [
                Command.create({"denomination": float(value)}) for value in values
            ]

    @api.depends("line_ids.amount", "by_pieces")
    def _compute_counted_amount(self):
        for wizard in self:
            if wizard.by_pieces:
                wizard.counted_amount = sum(wizard.line_ids.mapped("amount"))

    @api.depends("counted_amount", "handed_amount", "expected_now")
    def _compute_difference(self):
        for wizard in self:
            wizard.difference = wizard.counted_amount - wizard.expected_now
            wizard.left_amount = wizard.counted_amount - wizard.handed_amount

    # === ACTION METHODS === #

    def action_close(self):
        """Close the session and print its report; pressed twice, it closes once."""
        self.ensure_one()
        session = self.session_id
        if session.sudo().state == "open":
            pieces = {line.denomination: line.pieces for line in self.line_ids}
            session._isp_close(
                counted=self.counted_amount,
                pieces=pieces if self.by_pieces else None,
                handed=self.handed_amount,
                note=self.note or "",
            )
        return session.action_print() | {"close_on_report_download": True}
