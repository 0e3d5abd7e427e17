from odoo import api, fields, models
from odoo.tools import SQL

from ..const import LINE_TROUBLE

FULL = 80  # percent of the uplink from which a device is called busy


class IspDevice(models.Model):
    """How a device does, for the map of health."""

    _inherit = "isp.device"

    uplink_mbps = fields.Float(
        string="Uplink (Mbit/s)",
        digits=(12, 2),
        help="What its link to the network carries; 0 when it is not known.",
    )
    line_ok_count = fields.Integer(string="Measured", compute="_compute_health")
    line_trouble_count = fields.Integer(string="Lines with trouble", compute="_compute_health")
    saturation = fields.Float(
        string="Busy hour (%)",
        compute="_compute_health",
        digits=(6, 1),
        help="Download of the last busy hour as a share of the uplink.",
    )
    health = fields.Selection(
        [("good", "Good"), ("fair", "With trouble"), ("bad", "Out"), ("unknown", "Not known")],
        compute="_compute_health",
    )
    health_text = fields.Char(compute="_compute_health")

    # === COMPUTE METHODS === #

    @api.depends("state", "interface_ids.status", "uplink_mbps")
    def _compute_health(self):
        counts, loads = self._line_counts(), self._last_saturation()
        for device in self:
            statuses = counts.get(device.id, {})
            device.line_ok_count = statuses.get("ok", 0)
            device.line_trouble_count = sum(statuses.get(name, 0) for name in LINE_TROUBLE)
            device.saturation = loads.get(device.id) or 0.0
            device.health = device._judge_health()
            device.health_text = device._health_sentence()

    def _line_counts(self):
        """Return {device id: {status: lines}}."""
        counts = {}
        groups = self.env["isp.interface"]._read_group(
            [("device_id", "in", self.ids)], ["device_id", "status"], ["__count"]
        )
        for device, status, count in groups:
            counts.setdefault(device.id, {})[status] = count
        return counts

    def _last_saturation(self):
        """Return {device id: percent}, the higher of its two newest days: today is not over."""
        if not self.ids:
            return {}
        query = SQL(
            "SELECT d.id, max(l.saturation) FROM unnest(%s) AS d(id) JOIN LATERAL ("
            "  SELECT saturation FROM isp_traffic_load WHERE kind = 'device' AND place_id = d.id"
            "  ORDER BY day DESC LIMIT 2) AS l ON true GROUP BY d.id",
            list(self.ids),
        )
        return dict(self.env.execute_query(query))

    # === BUSINESS METHODS === #

    def _judge_health(self):
        self.ensure_one()
        if self.state == "new":
            return "unknown"
        if self.state in ("down", "auth"):
            return "bad"
        if self.state != "up" or self.line_trouble_count or self.saturation >= FULL:
            return "fair"
        return "good"

    def _health_sentence(self):
        """Return the one thing to know first about this device."""
        self.ensure_one()
        if self.state in ("down", "auth", "slow", "bad"):
            return self.last_error or dict(
                self._fields["state"]._description_selection(self.env)
            ).get(self.state)
        if self.saturation >= FULL:
            return self.env._(
                "Busy hour at %(percent)s %% of the uplink", percent=round(self.saturation)
            )
        if self.line_trouble_count:
            return self.env._("%(count)s lines with trouble", count=self.line_trouble_count)
        return False

    def _result_words(self, result):
        """Return what is wrong by a poll, in words that say what to do; False when nothing is."""
        if result.state == "up":
            return False
        if result.state == "down":
            return self.env._("No answer. Check the address, the port and the credentials.")
        if result.state == "slow":
            return self.env._("It answers too slowly: not all of its lines were read in time.")
        return result.error

    # === ACTION METHODS === #

    def action_view_trouble(self):
        """Open the lines of this device that need somebody."""
        self.ensure_one()
        action = self.action_view_interfaces()
        action["domain"] = [("device_id", "=", self.id), ("status", "in", LINE_TROUBLE)]
        return action
