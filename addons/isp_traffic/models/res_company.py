from datetime import UTC, datetime

from odoo import api, fields, models

from ..const import DEFAULT_ZONE
from ..services import rollup


class ResCompany(models.Model):
    _inherit = "res.company"

    isp_traffic_interval = fields.Integer(
        string="Polling interval (s)", default=300, help="Seconds between two readings of a device."
    )
    isp_traffic_keep_days = fields.Integer(
        string="Days of samples", default=14, help="Older samples go; their hours and days stay."
    )
    isp_traffic_keep_hours = fields.Integer(string="Days of hourly figures", default=395)
    isp_traffic_keep_years = fields.Integer(string="Years of daily figures", default=5)

    _isp_traffic_interval_range = models.Constraint(
        "CHECK(isp_traffic_interval BETWEEN 30 AND 3600)",
        "Poll every 30 seconds at most and every hour at least.",
    )
    _isp_traffic_keep_range = models.Constraint(
        "CHECK(isp_traffic_keep_days >= 2 AND isp_traffic_keep_hours >= isp_traffic_keep_days"
        " AND isp_traffic_keep_years >= 1)",
        "Keep at least two days of samples, and hours and days for longer than that.",
    )

    def _isp_traffic_zone(self):
        """Return the name of the time zone in which the company's days begin."""
        self.ensure_one()
        return self.sudo().partner_id.tz or DEFAULT_ZONE

    def _isp_traffic_today(self):
        """Return today's date in the zone of the daily figures, whoever looks at them."""
        return rollup.local_date(datetime.now(UTC), self._isp_traffic_zone())

    @api.model
    def _isp_traffic_retention(self):
        """Return (days of samples, days of hours, years of days): the longest of all companies."""
        companies = self.sudo().search([])  # pylint: disable=no-search-all
        return (
            max(companies.mapped("isp_traffic_keep_days")),
            max(companies.mapped("isp_traffic_keep_hours")),
            max(companies.mapped("isp_traffic_keep_years")),
        )
