from odoo import api, fields, models


class IspCounterPaymentLine(models.TransientModel):
    """Another service of the same payer that the cashier may add to the payment."""

    _name = "isp.counter.payment.line"
    _description = "Counter payment: another service"

    wizard_id = fields.Many2one("isp.counter.payment", required=True, ondelete="cascade")
    subscription_id = fields.Many2one(
        "isp.subscription", string="Service", required=True, readonly=True
    )
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    is_paid = fields.Boolean(string="Pay")
    months = fields.Integer(help="Months from the cut-off date; 0 pays what is open.")
    cutoff_date = fields.Date(related="subscription_id.cutoff_date")
    amount_due = fields.Monetary(string="Total", compute="_compute_quote")
    new_cutoff_date = fields.Date(string="Next cut-off", compute="_compute_quote")

    # === COMPUTE METHODS === #

    @api.depends("subscription_id", "months")
    def _compute_quote(self):
        for line in self:
            quote = line.subscription_id._get_payment_quote(line._isp_months())
            charges = [row["amount"] for row in quote["lines"] if row["kind"] != "credit"]
            line.amount_due = sum(charges)
            line.new_cutoff_date = quote["new_cutoff_date"]

    # === BUSINESS METHODS === #

    def _isp_months(self):
        """Return the chosen months, never out of the allowed range."""
        self.ensure_one()
        most = self.subscription_id.company_id.isp_max_months
        return min(max(self.months, 0), most)
