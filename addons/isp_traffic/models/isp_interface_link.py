from datetime import UTC, datetime, timedelta

from odoo import api, fields, models

from ..const import ROLL_SECONDS
from ..services import rollup, storage
from ..services.sources import SOURCES


class IspInterface(models.Model):
    """Whose a line is: what was measured for a customer stays with that customer."""

    _inherit = "isp.interface"

    measured_until = fields.Datetime(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Set on a line of the past: it keeps what it measured for its subscription.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        devices = self.env["isp.device"]
        for vals in vals_list:
            source = vals.get("source") or devices.browse(vals.get("device_id")).default_source
            self._clean_key(vals, source)
        return super().create(vals_list)

    def write(self, vals):
        """Another subscription begins with an empty history; the old one keeps its own."""
        if "key" in vals:
            vals = dict(vals)
            self._clean_key(vals, vals.get("source") or self[:1].source)
        if "subscription_id" in vals:
            wanted = vals["subscription_id"] or 0
            self.filtered(
                lambda line: line.subscription_id and line.subscription_id.id != wanted
            )._leave_history()
        return super().write(vals)

    def unlink(self):
        """A customer keeps what was measured for him, on an archived line."""
        self.check_access("unlink")
        self.filtered(lambda line: line.active and line.subscription_id)._leave_history()
        return super().unlink()

    # === BUSINESS METHODS === #

    @api.model
    def _clean_key(self, vals, source):
        """Write a key the one way it is stored: ``<pppoe-ana>`` is the session of ``ana``."""
        if vals.get("key") and source in SOURCES:
            vals["key"] = SOURCES[source].clean_key(vals["key"])

    def _with_traffic(self):
        """Return those of these lines that were ever measured."""
        self.env.cr.execute(
            "SELECT line_id FROM isp_traffic_state WHERE line_id = ANY(%s)"
            " UNION SELECT line_id FROM isp_traffic_day WHERE line_id = ANY(%s)",
            (self.ids, self.ids),
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    def _leave_history(self):
        """Hand over what these lines measured to archived twins with the present subscription.

        The next reading is only a baseline: whose the octets in between are is not known.
        """
        used = self._with_traffic()
        lines_sudo = used.sudo()
        heirs = self.sudo().create(
            [
                {
                    "active": False,
                    "device_id": line.device_id.id,
                    "source": line.source,
                    "key": line.key,
                    "subscription_id": line.subscription_id.id,
                    "measured_until": fields.Datetime.now(),
                }
                for line in lines_sudo
            ]
        )
        storage.move_lines(self.env.cr, dict(zip(used.ids, heirs.ids, strict=True)))
        self._forget_baseline()
        heirs._roll_up()
        self.env["isp.traffic.day"].invalidate_model()

    def _roll_up(self):
        """Roll up the newest samples of these lines: a collector may not have done it yet."""
        now = datetime.now(UTC)
        start = now - timedelta(seconds=2 * ROLL_SECONDS + 3600)
        rollup.roll_hours(self.env.cr, start, now, self.ids)
        for company, lines in self.grouped("company_id").items():
            rollup.roll_days(self.env.cr, start, now, company._isp_traffic_zone(), lines.ids)
