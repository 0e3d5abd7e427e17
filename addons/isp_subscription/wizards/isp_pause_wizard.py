from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

USUAL_DAYS = 14


class IspPauseWizard(models.TransientModel):
    """Dates of a new pause, or new dates of one; what it gives back is shown before."""

    _name = "isp.pause.wizard"
    _description = "Dates of a pause"

    subscription_id = fields.Many2one("isp.subscription", required=True)
    pause_id = fields.Many2one("isp.pause", help="The pause to change; empty: a new one.")
    pause_state = fields.Selection(related="pause_id.state")
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    date_from = fields.Date(string="First day without service", required=True)
    date_to = fields.Date(string="First day back", required=True)
    repeat_yearly = fields.Boolean(string="Every year on the same dates")
    credit = fields.Monetary(compute="_compute_preview")
    preview_html = fields.Html(string="Detail", compute="_compute_preview")

    # === COMPUTE METHODS === #

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        subscription = self.env["isp.subscription"].browse(values.get("subscription_id"))
        if subscription and not values.get("date_from"):
            company = subscription.company_id
            values["date_from"] = company._isp_today()
            days = max(company.isp_pause_min_days, USUAL_DAYS)
            values["date_to"] = values["date_from"] + timedelta(days)
        return values

    @api.depends("subscription_id", "pause_id", "date_from", "date_to")
    def _compute_preview(self):
        for wizard in self:
            values = {"error": "", "quote": None, "currency": wizard.currency_id}
            try:
                values["quote"] = wizard._get_quote()
            except UserError as error:
                values["error"] = str(error)
            wizard.credit = values["quote"]["credit"] if values["quote"] else 0.0
            wizard.preview_html = self.env["ir.qweb"]._render(
                "isp_subscription.pause_preview", values
            )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Plan or change the pause."""
        self.ensure_one()
        self.subscription_id._isp_check_role("cashier", "billing")
        if self.pause_id:
            pause = self.pause_id.sudo()
            if pause.subscription_id != self.subscription_id:
                raise UserError(self.env._("This pause belongs to another service."))
            pause.repeat_yearly = self.repeat_yearly
            pause._change_dates(self.date_from, self.date_to)
        else:
            self.subscription_id._isp_plan_pause(self.date_from, self.date_to, self.repeat_yearly)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    def _get_quote(self):
        """Return the quote of the dates, None while they are incomplete."""
        self.ensure_one()
        if not self.date_from or not self.date_to or not self.subscription_id:
            return None
        self.subscription_id.check_access("read")
        pause = self.pause_id.sudo() or None
        return self.subscription_id._isp_quote_pause(self.date_from, self.date_to, pause)
