from datetime import timedelta
from math import ceil

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.isp_subscription.models.isp_outage import RUNNING

OUT = ("not_found", "device_down")
NOT_JUDGED = ("new", "duplicate", "no_counter")


class IspZone(models.Model):
    """A zone most of whose lines are gone is out, even while its concentrator answers."""

    _inherit = "isp.zone"

    isp_device_ids = fields.One2many("isp.device", "zone_id", string="Devices")

    isp_outage_id = fields.Many2one(
        "isp.outage",
        string="Present outage",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Kept until the zone is back, even when somebody ended or voided it before.",
    )

    # === BUSINESS METHODS === #

    @api.model
    def _judge_zones(self, company):
        """Open an outage for every zone whose lines are gone; close those that came back.

        A zone without any line that could tell any more is not known to be out.
        """
        counts = self._count_lines(company)
        running = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("isp_outage_id", "!=", False)]
        )
        for zone in running | self.browse(counts):
            count, gone_count = counts.get(zone.id, (0, 0))
            wanted = max(ceil(count * company.isp_outage_percent / 100), 1)
            is_out = gone_count >= wanted
            if zone.isp_outage_id and not is_out:
                zone._end_outage()
            elif not zone.isp_outage_id and is_out and count >= company.isp_outage_lines:
                zone._open_outage(company, wanted)

    def _end_outage(self):
        """Close the outage of this zone when the latest of its lines came back."""
        self.ensure_one()
        back = self._measured_lines().filtered(lambda line: line.status not in OUT)
        self.isp_outage_id._isp_close(self._back_since(back))
        self.isp_outage_id = False

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

        Services of a device with an outage of its own are told there: nobody is compensated twice.
        """
        self.ensure_one()
        lines = self._measured_lines()
        gone = lines.filtered(lambda line: line.status in OUT)
        moments = sorted(line.status_since for line in gone if line.status_since)
        if len(moments) < wanted:
            return
        start = moments[wanted - 1]
        alone = gone.filtered(lambda line: not line.device_id.outage_id)
        minutes = company.isp_outage_minutes
        if not minutes or start > fields.Datetime.now() - timedelta(minutes=minutes):
            return
        told = gone.device_id.outage_id.filtered(lambda outage: outage.state in RUNNING)
        services = alone.subscription_id - told.subscription_ids
        if not services:
            return
        outages = self.env["isp.outage"]
        self.isp_outage_id = outages._isp_open(
            {
                "name": self.env._("Zone %(zone)s is out", zone=self.name),
                "company_id": company.id,
                "zone_id": self.id,
                "date_start": outages._isp_untold_since(services, start),
                "evidence_kind": "monitoring",
                "evidence": self.env._(
                    "%(gone)s of %(count)s measured lines of the zone could not be reached since "
                    "%(start)s UTC.",
                    gone=len(gone),
                    count=len(lines),
                    start=start,
                ),
                "source_ref": f"isp.zone,{self.id}",
                "subscription_ids": services.ids,
            }
        )
