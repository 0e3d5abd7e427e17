from datetime import timedelta
from math import ceil

from odoo import api, fields, models
from odoo.tools import SQL

OUT = ("not_found", "device_down")
NOT_JUDGED = ("new", "duplicate", "no_counter")


class IspZone(models.Model):
    """A zone most of whose lines are gone is out, even while its concentrator answers."""

    _inherit = "isp.zone"

    isp_device_ids = fields.One2many("isp.device", "zone_id", string="Devices")

    # === BUSINESS METHODS === #

    @api.model
    def _judge_zones(self, company):
        """Open an outage for every zone whose lines are gone; close those that came back."""
        running = self.env["isp.outage"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("open", "to_confirm")),
                ("source_ref", "=like", "isp.zone,%"),
            ]
        )
        by_ref = {outage.source_ref: outage for outage in running}
        for zone_id, (count, gone_count) in self._count_lines(company).items():
            outage = by_ref.get(f"isp.zone,{zone_id}")
            wanted = max(ceil(count * company.isp_outage_percent / 100), 1)
            zone = self.browse(zone_id)
            if outage and gone_count < wanted:
                lines = zone._measured_lines()
                back = lines.filtered(lambda line: line.status not in OUT)
                outage._isp_close(self._back_since(back))
            elif not outage and count >= company.isp_outage_lines and gone_count >= wanted:
                zone._open_outage(company, wanted)

    @api.model
    def _count_lines(self, company):
        """Return {zone id: (measured lines, those that are gone)}; lines as `_measured_lines`."""
        self.env["isp.interface"].flush_model()
        self.env["isp.subscription"].flush_model(["zone_id", "network_desired_state"])
        query = SQL(
            """
            SELECT b.zone_id, count(*), count(*) FILTER (WHERE i.status = ANY(%s))
              FROM isp_interface i
              JOIN isp_subscription b ON b.id = i.subscription_id
             WHERE i.active AND i.company_id = %s AND b.zone_id IS NOT NULL
               AND b.network_desired_state = 'on' AND i.status <> ALL(%s)
             GROUP BY 1
            """,
            list(OUT),
            company.id,
            list(NOT_JUDGED),
        )
        return {zone_id: counts for zone_id, *counts in self.env.execute_query(query)}

    def _measured_lines(self):
        """Return the lines of services of this zone that should be on and can be judged."""
        self.ensure_one()
        return self.env["isp.interface"].search(
            [
                ("subscription_id.zone_id", "=", self.id),
                ("subscription_id.network_desired_state", "=", "on"),
                ("status", "not in", NOT_JUDGED),
            ]
        )

    @api.model
    def _back_since(self, lines):
        """Return when the latest of some lines came back, now when none did."""
        moments = [line.status_since for line in lines if line.status_since]
        return max(moments, default=fields.Datetime.now())

    def _open_outage(self, company, wanted):
        """Open an outage that began when enough lines were gone, if that is long enough ago.

        Lines of a device with an outage of its own are told there.
        """
        self.ensure_one()
        lines = self._measured_lines()
        gone = lines.filtered(lambda line: line.status in OUT)
        moments = sorted(line.status_since for line in gone if line.status_since)
        if len(moments) < wanted:
            return
        start = moments[wanted - 1]
        alone = gone.filtered(lambda line: not line.device_id.outage_id)
        if start > fields.Datetime.now() - timedelta(minutes=company.isp_outage_minutes):
            return
        if not alone:
            return
        self.env["isp.outage"]._isp_open(
            {
                "name": self.env._("Zone %(zone)s is out", zone=self.name),
                "company_id": company.id,
                "zone_id": self.id,
                "date_start": start,
                "evidence_kind": "monitoring",
                "evidence": self.env._(
                    "%(gone)s of %(count)s measured lines of the zone could not be reached since "
                    "%(start)s UTC.",
                    gone=len(gone),
                    count=len(lines),
                    start=start,
                ),
                "source_ref": f"isp.zone,{self.id}",
                "subscription_ids": gone.subscription_id.ids,
            }
        )
