from odoo import api, fields, models

from ..const import DEFAULT_INTERVAL
from ..services.sources import SOURCES

WRAP_SECONDS_MBPS = 2**32 * 8 / 1e6  # a 32-bit counter goes round after so many Mbit


class IspInterface(models.Model):
    """What is wrong with a line, in words that say what to do."""

    _inherit = "isp.interface"

    status_since = fields.Datetime(
        readonly=True, copy=False, groups="base.group_user", help="Last change of the status."
    )
    last_error = fields.Char(
        string="What is wrong", compute="_compute_last_error", groups="base.group_user"
    )
    warning = fields.Char(compute="_compute_warning", groups="base.group_user")

    # === COMPUTE METHODS === #

    @api.depends("status", "key", "device_id.last_error", "device_id.name", "subscription_id")
    def _compute_last_error(self):
        for line in self:
            line.last_error = line._error_text()

    def _error_text(self):
        """Return the sentence for the status of this line, False when it is measured."""
        self.ensure_one()
        names = {"key": self.key, "device": self.device_id.name}
        if self.status == "not_found":
            return self.env._(
                "%(device)s shows no «%(key)s». Check the name, or whether it is connected.",
                **names,
            )
        if self.status == "ambiguous":
            return self.env._(
                "%(device)s shows «%(key)s» more than once. Rename one of them there, or choose "
                "another source.",
                **names,
            )
        if self.status == "no_counter":
            return self.env._(
                "%(device)s shows «%(key)s» without octet counters. Choose another source, or "
                "switch its statistics on.",
                **names,
            )
        if self.status == "duplicate":
            return self.env._(
                "Another line already measures the interface of «%(key)s» on %(device)s. "
                "Delete one of the two.",
                **names,
            )
        if self.status == "device_down":
            error = self.device_id.last_error or self.env._("no answer")
            return self.env._("%(device)s cannot be read: %(error)s", error=error, **names)
        return False

    @api.depends("source", "physical_mbps", "device_id.interval", "subscription_id.plan_id")
    def _compute_warning(self):
        for line in self:
            line.warning = line._width_text()

    def _width_text(self):
        """Return what 32-bit counters cannot tell at the speed of the line, False without doubt."""
        self.ensure_one()
        device = self.device_id
        if not self.source or SOURCES[device._source_code(self.source)].bits == 64:
            return False
        seconds = device.interval or device.company_id.isp_traffic_interval or DEFAULT_INTERVAL
        speed = self.physical_mbps or self.subscription_id.plan_id.isp_down_mbps
        limit = WRAP_SECONDS_MBPS / seconds
        if speed and speed < limit:
            return False
        return self.env._(
            "32-bit counters: read every %(seconds)s s they cannot tell more than %(limit)s "
            "Mbit/s. Use a 64-bit source if the device has one, or read it more often.",
            seconds=seconds,
            limit=round(limit),
        )
