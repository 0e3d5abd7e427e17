from odoo import api, fields, models


class IspSubscriptionPeriod(models.Model):
    _inherit = "isp.subscription.period"

    allocation_ids = fields.Many2many(
        "isp.allocation", string="Allocations", compute="_compute_allocation_ids"
    )

    @api.depends("amount_paid", "amount_credited")
    def _compute_allocation_ids(self):
        allocations = self.env["isp.allocation"].search([("invoice_id", "in", self.move_id.ids)])
        for period in self:
            period.allocation_ids = allocations.filtered(
                lambda allocation, period=period: period._origin in allocation.period_ids
            )
