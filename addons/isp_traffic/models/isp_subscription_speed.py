from datetime import timedelta

from odoo import models

from ..services import rollup, speed


class IspSubscription(models.Model):
    """Speeds of a service, for its page in the portal and for the office."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    def _isp_traffic_bounds(self, first, last):
        """Return the moments (start, end) of local days, both included."""
        self.ensure_one()
        zone = self.sudo().company_id._isp_traffic_zone()
        return rollup.midnight(first, zone), rollup.midnight(last + timedelta(days=1), zone)

    def _isp_traffic_percentile(self, first, last):
        """Return the 95th percentile in bit/s (down, up) of local days, None without data.

        :raise AccessError: the user may not read the subscription
        """
        line_ids = self._isp_traffic_line_ids(past=True)
        bounds = self._isp_traffic_bounds(first, last)
        return speed.percentile_95(self.env.cr, line_ids, *bounds) if line_ids else None

    def _isp_traffic_hours(self, first, last):
        """Return (the UTC hours of local days, {hour: figures of `speed.hours`}).

        :raise AccessError: the user may not read the subscription
        """
        line_ids = self._isp_traffic_line_ids(past=True)
        start, end = self._isp_traffic_bounds(first, last)
        count = round((end - start).total_seconds() / 3600)
        every = [start + timedelta(hours=n) for n in range(count)]
        return every, speed.hours(self.env.cr, line_ids, start, end) if line_ids else {}
