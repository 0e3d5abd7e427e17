from datetime import timedelta

from odoo import api, fields, models

from ..const import MIN_FAILURES


class IspDevice(models.Model):
    """A device nobody reaches for a while is an outage of the services behind it."""

    _inherit = "isp.device"

    zone_id = fields.Many2one("isp.zone", check_company=True, index=True)
    down_since = fields.Datetime(
        readonly=True, copy=False, help="First poll without an answer; empty while it answers."
    )
    outage_id = fields.Many2one(
        "isp.outage", string="Present outage", readonly=True, copy=False, ondelete="set null"
    )

    # === CRON === #

    @api.model
    def _cron_outages(self):
        """Open and close outages of devices and zones, company by company."""
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            company = company.with_context(lang=company._isp_lang())
            self.with_context(lang=company._isp_lang())._judge_devices(company)
            self.env["isp.zone"].with_context(lang=company._isp_lang())._judge_zones(company)

    # === BUSINESS METHODS === #

    @api.model
    def _judge_devices(self, company):
        """Open an outage for every device that is silent for too long; close those that answer.

        When every device is silent at once it may be our own link that is cut: such outages wait
        for a person.
        """
        known = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("state", "!=", "new")]
        )
        known.filtered(
            lambda dev: dev.outage_id and not (dev.down_since and dev.active)
        )._end_outage()
        devices = known.filtered("active")
        down = devices.filtered(lambda device: device._is_out(company))
        blind = len(devices) > 1 and down == devices
        for device in down.filtered(lambda dev: not dev.outage_id):
            device._open_outage(blind)

    def _end_outage(self):
        """Close the outages of devices that answer again, or that nobody asks any more."""
        for device in self:
            device.outage_id._isp_close(device.active and device.last_ok or fields.Datetime.now())
            device.outage_id = False

    def _is_out(self, company):
        """Tell whether this device is silent for the minutes of the company, asked repeatedly."""
        self.ensure_one()
        if not company.isp_outage_minutes:
            return False
        limit = fields.Datetime.now() - timedelta(minutes=company.isp_outage_minutes)
        return bool(
            self.state == "down"
            and self.failures >= MIN_FAILURES
            and self.down_since
            and self.down_since <= limit
        )

    def _open_outage(self, blind):
        """Open an outage for the services of this device that should be on.

        Services of a running outage of their zone are told there.
        """
        self.ensure_one()
        services = self.interface_ids.subscription_id.filtered(
            lambda service: service.network_desired_state == "on"
        )
        of_zones = services.zone_id.isp_outage_id
        services -= of_zones.filtered(lambda outage: outage.state == "open").subscription_ids
        if not services:
            return
        text = self.env._(
            "%(device)s gave no answer to %(count)s polls in a row. Last answer %(last)s UTC, "
            "first poll without one %(first)s UTC.",
            device=self.name,
            count=self.failures,
            last=self.last_ok or "–",
            first=self.down_since,
        )
        if blind:
            text += " " + self.env._(
                "Every device was silent at that time: confirm that it was not our own link."
            )
        outages = self.env["isp.outage"]
        self.outage_id = outages._isp_open(
            {
                "name": self.env._("%(device)s does not answer", device=self.name),
                "company_id": self.company_id.id,
                "zone_id": self.zone_id.id,
                "state": "to_confirm" if blind else "open",
                "date_start": outages._isp_untold_since(services, self.down_since),
                "evidence_kind": "monitoring",
                "evidence": text,
                "source_ref": f"isp.device,{self.id}",
                "subscription_ids": services.ids,
            }
        )
