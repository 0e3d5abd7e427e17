import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import LANES


class ResCompany(models.Model):
    """How a company stamps: waiting times, alerts, and how much at once."""

    _inherit = "res.company"

    isp_cfdi_backoff = fields.Char(
        string="Stamping again after",
        default="1, 5, 15, 60",
        required=True,
        help="Minutes until a document is tried again; the last number repeats.",
    )
    isp_cfdi_alert_hours = fields.Integer(
        string="Alert after (hours)",
        default=24,
        required=True,
        help="A document that has no stamp after so many hours gets an activity.",
    )
    isp_cfdi_alarm_hours = fields.Integer(
        string="Last alert after (hours)", default=60, required=True
    )
    isp_cfdi_max_age_hours = fields.Integer(
        string="Stamp within (hours)",
        default=72,
        required=True,
        help="A PAC takes a document for so long after its date (RMF 2.7.2.9).",
    )
    isp_cfdi_lanes = fields.Integer(
        string="Stamps at the same time",
        default=12,
        required=True,
        help="Calls to the PAC that wait at the same time.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_cfdi_backoff")
    def _check_isp_cfdi_backoff(self):
        for company in self:
            parts = company._isp_cfdi_backoff_parts()
            if not all(part.isdigit() and int(part) > 0 for part in parts):
                raise ValidationError(
                    self.env._("Write the waiting times as minutes with commas, e.g. 1, 5, 15, 60.")
                )

    @api.constrains("isp_cfdi_alert_hours", "isp_cfdi_alarm_hours", "isp_cfdi_max_age_hours")
    def _check_isp_cfdi_hours(self):
        for company in self:
            limits = (
                company.isp_cfdi_alert_hours,
                company.isp_cfdi_alarm_hours,
                company.isp_cfdi_max_age_hours,
            )
            if limits[0] < 1 or list(limits) != sorted(set(limits)):
                raise ValidationError(
                    self.env._("The alert comes first, then the last alert, then the limit.")
                )

    @api.constrains("isp_cfdi_lanes")
    def _check_isp_cfdi_lanes(self):
        for company in self:
            if not 1 <= company.isp_cfdi_lanes <= LANES:
                raise ValidationError(
                    self.env._("Between 1 and %s stamps can be made at the same time.", LANES)
                )

    # === BUSINESS METHODS === #

    @api.model
    def _isp_cfdi_largest(self, name):
        """Return the largest value of a numeric setting: a job that serves all companies at once
        gives none of them less than it asked for.
        """
        ((largest,),) = self.sudo()._read_group([], aggregates=[f"{name}:max"])
        return largest

    def _isp_cfdi_backoff_minutes(self):
        """Return the waiting times in minutes; the last one repeats."""
        return [int(part) for part in self.sudo()._isp_cfdi_backoff_parts()]

    def _isp_cfdi_backoff_parts(self):
        """Return the waiting times as they were written, one text each."""
        return re.split(r"[ ,;]+", (self.isp_cfdi_backoff or "").strip())
