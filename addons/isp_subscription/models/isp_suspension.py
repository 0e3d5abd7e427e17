from odoo import api, fields, models

from ..const import SUSPENSION_REASONS


class IspSuspension(models.Model):
    _name = "isp.suspension"
    _description = "Suspension of a service"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "isp.subscription", required=True, index=True, ondelete="cascade", check_company=True
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    reason = fields.Selection(SUSPENSION_REASONS, required=True)
    date_from = fields.Datetime(string="From", required=True, default=fields.Datetime.now)
    date_to = fields.Datetime(string="Until", help="Empty while the service is suspended.")
    amount_due = fields.Monetary(help="Overdue amount at the moment of the cut.")
    note = fields.Text(groups="isp_subscription.group_isp_readonly")
    reactivated_by = fields.Char(help="What ended the suspension.")

    _one_open = models.UniqueIndex(
        "(subscription_id) WHERE date_to IS NULL",
        "A service cannot be suspended twice at the same time.",
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "A suspension cannot end before it begins.",
    )

    @api.depends("subscription_id.name", "date_from")
    def _compute_display_name(self):
        for suspension in self:
            day = fields.Date.to_string(suspension.date_from) if suspension.date_from else ""
            suspension.display_name = f"{suspension.subscription_id.name} {day}"
