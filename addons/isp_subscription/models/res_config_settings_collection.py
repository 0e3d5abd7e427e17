from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_cut_before_holiday = fields.Boolean(
        related="company_id.isp_cut_before_holiday", readonly=False
    )
    isp_pending_hours = fields.Integer(related="company_id.isp_pending_hours", readonly=False)
    isp_promise_max_days = fields.Integer(related="company_id.isp_promise_max_days", readonly=False)
    isp_promise_restores = fields.Boolean(related="company_id.isp_promise_restores", readonly=False)
    isp_extension_days = fields.Integer(related="company_id.isp_extension_days", readonly=False)
    isp_extension_self_service = fields.Boolean(
        related="company_id.isp_extension_self_service", readonly=False
    )
    isp_reconnection_fee = fields.Monetary(
        related="company_id.isp_reconnection_fee", readonly=False, currency_field="isp_currency_id"
    )
    isp_reconnection_product_id = fields.Many2one(
        related="company_id.isp_reconnection_product_id", readonly=False
    )
    isp_reconnect_alarm_hours = fields.Integer(
        related="company_id.isp_reconnect_alarm_hours", readonly=False
    )
    isp_legal_grace_days = fields.Integer(related="company_id.isp_legal_grace_days", readonly=False)
    isp_legal_statement_days = fields.Integer(
        related="company_id.isp_legal_statement_days", readonly=False
    )
    isp_legal_fee_percent = fields.Float(related="company_id.isp_legal_fee_percent", readonly=False)
    isp_legal_reconnect_hours = fields.Integer(
        related="company_id.isp_legal_reconnect_hours", readonly=False
    )
    isp_legal_warnings = fields.Text(related="company_id.isp_legal_warnings")
    isp_network_driver = fields.Selection(related="company_id.isp_network_driver", readonly=False)
    isp_network_alarm_attempts = fields.Integer(
        related="company_id.isp_network_alarm_attempts", readonly=False
    )

    # === ACTION METHODS === #

    def action_isp_load_holidays(self):
        """Add the federal holidays of this and the next year again, and show the list."""
        self.ensure_one()
        company = self.company_id
        this_year = company._isp_today().year
        self.env["isp.holiday"].check_access("create")
        self.env["isp.holiday"]._isp_load(company, [this_year, this_year + 1])
        return self.env["ir.actions.act_window"]._for_xml_id("isp_subscription.isp_holiday_action")
