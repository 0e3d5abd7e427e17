import math
import time

from odoo import fields, models

from ..const import LINE_TROUBLE
from ..services import live, ranges, storage

LIVE_WINDOW = 300  # seconds the live page looks back


class IspSubscription(models.Model):
    _inherit = "isp.subscription"

    isp_interface_ids = fields.One2many("isp.interface", "subscription_id", string="Lines")
    isp_interface_count = fields.Integer(
        string="Number of lines", compute="_compute_isp_interface_count"
    )

    # As `isp.interface._stem_idx`.
    _stem_idx = models.Index(
        r"(company_id, regexp_replace(pppoe_user, '-\d+$', '')) WHERE pppoe_user ~ '.-\d+$'"
    )

    # === COMPUTE METHODS === #

    def _compute_isp_interface_count(self):
        lines = self.env["isp.interface"].with_context(active_test=False)  # past ones have history
        groups = lines._read_group(
            [("subscription_id", "in", self.ids)], ["subscription_id"], ["__count"]
        )
        counts = {subscription.id: count for subscription, count in groups}
        for subscription in self:
            subscription.isp_interface_count = counts.get(subscription.id, 0)

    # === ACTION METHODS === #

    def action_isp_view_traffic(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("isp_traffic.isp_traffic_day_action")
        action["domain"] = [("line_id.subscription_id", "=", self.id)]
        action["display_name"] = self.env._("Traffic of %(name)s", name=self.name)
        return action

    # === BUSINESS METHODS === #

    def _isp_traffic_line_ids(self, past=False):
        """Return the ids of the lines of this subscription.

        :param past: also those that measured it before, which keep what they measured
        :raise AccessError: the user may not read the subscription
        """
        self.ensure_one()
        self.check_access("read")
        lines = self.env["isp.interface"].with_context(active_test=not past)
        return lines.search([("subscription_id", "=", self.id)]).ids

    def _isp_traffic_range(self, today):
        """Return the days (first, last) the consumption of this service is shown for."""
        self.ensure_one()
        subscription_sudo = self.sudo()
        if subscription_sudo.company_id.isp_consumption_range == "calendar":
            return ranges.calendar_range(today)
        return ranges.cutoff_range(today, subscription_sudo.anchor_day or 1)

    def _isp_traffic_days(self, first, last):
        """Return {local date: (down, up) in octets} for the days that have data."""
        line_ids = self._isp_traffic_line_ids(past=True)
        return storage.day_totals(self.env.cr, line_ids, first, last) if line_ids else {}

    def _isp_traffic_live(self, since=0.0):
        """Return what the live page draws, and keep the lines watched.

        :param since: seconds since the epoch; only younger points are returned
        :return: dict(state, points) with points as [milliseconds, down, up] in bit/s, None = gap;
            state is "ok", "no_line", "down" or "unmeasured"
        """
        cr, line_ids = self.env.cr, self._isp_traffic_line_ids()
        if not line_ids:
            return {"state": "no_line", "points": []}
        live.watch(cr, line_ids)
        if not live.worker_alive(cr) and not live.fresh(cr, line_ids):
            self.env["isp.device"].sudo()._live_request(line_ids)
        start = max(since, time.time() - LIVE_WINDOW)
        points = live.points(cr, line_ids, start)
        return {
            "state": self._isp_traffic_live_state(line_ids, points),
            # Rounded up: what the page has is not sent again when it asks for what came after.
            "points": [[math.ceil(ts * 1000), down, up] for ts, down, up in points],
        }

    def _isp_traffic_live_state(self, line_ids, points):
        """Return why there may be no points: the device is silent, or the line is not found."""
        cr = self.env.cr
        lines_sudo = self.env["isp.interface"].sudo().browse(line_ids)
        devices_sudo = lines_sudo.device_id
        if points:
            return "ok"
        if any(not device.active or live.is_dead(cr, device.id) for device in devices_sudo):
            return "down"
        if live.spoke(cr, line_ids):
            return "ok"
        if any(device.state in ("down", "auth") for device in devices_sudo):
            return "down"
        statuses = set(lines_sudo.mapped("status"))
        if statuses == {"not_found"}:
            return "unmeasured"
        return "down" if statuses <= set(LINE_TROUBLE) else "ok"
