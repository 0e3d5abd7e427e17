from datetime import timedelta

from odoo import api, fields, models

from ..services import load, rollup

KEEP_DAYS = 400


class IspTrafficLoad(models.Model):
    """How full a device or a zone was in the busy hour of each day."""

    _name = "isp.traffic.load"
    _description = "Load of a device or zone"
    _log_access = False
    _order = "day desc, saturation desc, id desc"
    _rec_name = "day"

    company_id = fields.Many2one("res.company", readonly=True, index=True)
    day = fields.Date(readonly=True, index=True)
    kind = fields.Selection([("device", "Device"), ("zone", "Zone")], readonly=True)
    place_id = fields.Integer(readonly=True)
    device_id = fields.Many2one("isp.device", readonly=True, ondelete="cascade", index=True)
    zone_id = fields.Many2one("isp.zone", readonly=True, ondelete="cascade", index=True)
    busy_hour = fields.Datetime(readonly=True, help="Start of the hour with most download.")
    down_mbps = fields.Float(
        string="Download (Mbit/s)", readonly=True, digits=(12, 2), aggregator="max"
    )
    up_mbps = fields.Float(
        string="Upload (Mbit/s)", readonly=True, digits=(12, 2), aggregator="max"
    )
    lines = fields.Integer(string="Measured lines", readonly=True, aggregator="max")
    contracted_mbps = fields.Float(
        string="Contracted (Mbit/s)", readonly=True, digits=(12, 2), aggregator="max"
    )
    capacity_mbps = fields.Float(
        string="Uplink (Mbit/s)", readonly=True, digits=(12, 2), aggregator="max"
    )
    saturation = fields.Float(
        string="Saturation (%)",
        readonly=True,
        digits=(6, 1),
        aggregator="max",
        help="Download of the busy hour as a share of the uplink.",
    )

    _place_day_uniq = models.Constraint(
        "UNIQUE(kind, place_id, day)", "One row for each place and day."
    )

    # === CRON === #

    @api.model
    def _cron_figures(self):
        """Compute load and top talkers anew: yesterday and today are not complete before."""
        self.env.flush_all()
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            today = company._isp_traffic_today()
            for day in (today - timedelta(days=1), today):
                self._refresh(company, day)
            self.env["isp.traffic.top"]._refresh(company, today)
        limit = fields.Date.today() - timedelta(days=KEEP_DAYS)
        self.env.cr.execute("DELETE FROM isp_traffic_load WHERE day < %s", (limit,))
        self.invalidate_model()

    # === BUSINESS METHODS === #

    @api.model
    def _refresh(self, company, day):
        """Compute one local day of a company again; any number of times gives the same."""
        zone = company._isp_traffic_zone()
        start = rollup.midnight(day, zone)
        end = rollup.midnight(day + timedelta(days=1), zone)
        load.refresh_load(self.env.cr, company.id, day, start, end)
        self.invalidate_model()
