from odoo import api, fields, models


class IspCounterPayment(models.TransientModel):
    """At the counter: a customer who asked for another plan comes to pay it."""

    _inherit = "isp.counter.payment"

    change_id = fields.Many2one("isp.plan.change", compute="_compute_change_id")
    months = fields.Integer(
        compute="_compute_months", store=True, readonly=False, precompute=True, default=None
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id")
    def _compute_change_id(self):
        for wizard in self:
            change = wizard.subscription_id.open_change_id
            wizard.change_id = change.filtered(lambda item: item.state == "awaiting_payment")

    @api.depends("subscription_id")
    def _compute_months(self):
        """Extend: who waits for another plan pays that, unless months are chosen."""
        for wizard in self:
            wizard.months = 0 if wizard.change_id else 1

    # === BUSINESS METHODS === #

    def _get_quote(self):
        """Extend: without months it is the open change of plan that is paid."""
        others = self.line_ids.filtered("is_paid")
        if not self.change_id or self.months or others:
            return super()._get_quote()
        quote = self.change_id.sudo()._get_payment_quote()
        return {**quote, "quotes": {self.subscription_id: quote}}
