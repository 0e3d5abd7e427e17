from datetime import timedelta

from odoo import api, fields, models

from ..services import load

COUNT = 100
PERIODS = (1, 7, 30)  # days that end today


class IspTrafficTop(models.Model):
    """Who moved most lately: computed once an hour, so that the list opens at once."""

    _name = "isp.traffic.top"
    _description = "Top talker"
    _log_access = False
    _order = "days, rank, id"
    _rec_name = "line_id"

    company_id = fields.Many2one("res.company", readonly=True, index=True)
    days = fields.Integer(readonly=True, index=True, aggregator=None)
    rank = fields.Integer(readonly=True, aggregator=None)
    line_id = fields.Many2one("isp.interface", readonly=True, ondelete="cascade", index=True)
    subscription_id = fields.Many2one(
        "isp.subscription", readonly=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", string="Customer")
    plan_id = fields.Many2one(related="subscription_id.plan_id")
    device_id = fields.Many2one("isp.device", readonly=True, ondelete="cascade", index=True)
    zone_id = fields.Many2one("isp.zone", readonly=True, ondelete="set null", index=True)
    down_gb = fields.Float(string="Download (GB)", readonly=True, digits=(12, 1))
    up_gb = fields.Float(string="Upload (GB)", readonly=True, digits=(12, 1))
    peak_mbps = fields.Float(
        string="Peak download (Mbit/s)", readonly=True, digits=(10, 2), aggregator="max"
    )
    share = fields.Float(string="Share of all (%)", readonly=True, digits=(6, 2))

    # === BUSINESS METHODS === #

    @api.model
    def _refresh(self, company, today):
        """Compute the lists of a company again."""
        for days in PERIODS:
            first = today - timedelta(days=days - 1)
            load.refresh_top(self.env.cr, company.id, first, today, COUNT)
        self.invalidate_model()
