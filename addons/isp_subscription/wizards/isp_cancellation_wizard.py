from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.isp_cancellation import CHANNELS


class IspCancellationWizard(models.TransientModel):
    """Date and reason of a cancellation; the final statement is shown before it is confirmed."""

    _name = "isp.cancellation.wizard"
    _description = "Cancel a service"

    subscription_id = fields.Many2one("isp.subscription", required=True)
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    effective_date = fields.Date(
        string="First day without service",
        compute="_compute_effective_date",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    reason_id = fields.Many2one("isp.cancel.reason", required=True)
    channel = fields.Selection(CHANNELS, default="counter", required=True)
    note = fields.Text(string="In the customer's words")
    pickup_date = fields.Date(string="Pick-up of the equipment")
    pickup_note = fields.Char(string="Equipment")
    balance = fields.Monetary(string="Final balance", compute="_compute_preview")
    preview_html = fields.Html(string="Final statement", compute="_compute_preview")

    # === COMPUTE METHODS === #

    @api.depends("subscription_id")
    def _compute_effective_date(self):
        for wizard in self:
            if wizard.subscription_id:
                wizard.effective_date = wizard.subscription_id._isp_cancel_range()[0]

    @api.depends("subscription_id", "effective_date")
    def _compute_preview(self):
        for wizard in self:
            values = {"error": "", "quote": None, "currency": wizard.currency_id}
            try:
                values["quote"] = wizard._get_quote()
            except UserError as error:
                values["error"] = str(error)
            wizard.balance = values["quote"]["balance"] if values["quote"] else 0.0
            wizard.preview_html = self.env["ir.qweb"]._render(
                "isp_subscription.cancellation_preview", values
            )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Open the folio and show it."""
        self.ensure_one()
        subscription = self.subscription_id
        subscription._isp_check_role("cashier", "billing")
        cancellation = subscription._isp_request_cancellation(
            self.effective_date,
            self.reason_id,
            self.channel,
            self.note or "",
            pickup_date=self.pickup_date,
            pickup_note=self.pickup_note,
        )
        return cancellation._get_records_action(name=self.env._("Cancellation"))

    # === BUSINESS METHODS === #

    def _get_quote(self):
        """Return the final statement for the date, None while there is no date."""
        self.ensure_one()
        if not self.effective_date or not self.subscription_id:
            return None
        self.subscription_id.check_access("read")
        self.subscription_id.sudo()._isp_check_cancellation(self.effective_date)
        return self.subscription_id._isp_quote_cancellation(self.effective_date)
