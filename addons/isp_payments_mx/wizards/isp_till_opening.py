from odoo import api, fields, models


class IspTillOpening(models.TransientModel):
    _name = "isp.till.opening"
    _description = "Open a till"

    till_id = fields.Many2one("isp.till", required=True)
    currency_id = fields.Many2one(related="till_id.currency_id")
    last_counted = fields.Monetary(related="till_id.last_counted", string="Left in the drawer")
    opening_amount = fields.Monetary(
        string="Opening float",
        compute="_compute_opening_amount",
        store=True,
        readonly=False,
        precompute=True,
        help="Cash that is in the drawer now.",
    )

    # === COMPUTE METHODS === #

    @api.depends("till_id")
    def _compute_opening_amount(self):
        for wizard in self:
            wizard.opening_amount = wizard.till_id.last_counted

    # === ACTION METHODS === #

    def action_open(self):
        """Open the till and show the cashier's screen."""
        self.ensure_one()
        self.till_id._isp_open(self.opening_amount)
        return self.env["ir.actions.actions"]._for_xml_id("isp_payments_mx.isp_till_desk_action")
