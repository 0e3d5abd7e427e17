from odoo import fields, models

from ..services.schedule import PollPlan


class ResCompany(models.Model):
    """How often SAT is asked, and what the law says about cancellations."""

    _inherit = "res.company"

    isp_cfdi_poll_first = fields.Integer(
        string="First question to SAT after (minutes)", default=10, required=True
    )
    isp_cfdi_poll_day = fields.Integer(
        string="Questions of the first day every (minutes)", default=60, required=True
    )
    isp_cfdi_poll_week = fields.Integer(
        string="Questions until the fifth day every (minutes)", default=360, required=True
    )
    isp_cfdi_poll_late = fields.Integer(
        string="Later questions every (minutes)", default=1440, required=True
    )
    isp_cfdi_unregistered_hours = fields.Integer(
        string="Ask again for a cancellation that SAT does not know after (hours)",
        default=24,
        required=True,
    )
    isp_cfdi_repeat_hours = fields.Integer(
        string="Next request after SAT's 798 (hours)", default=72, required=True
    )
    isp_cfdi_free_limit = fields.Float(
        string="Cancelled without acceptance up to",
        default=1000.0,
        required=True,
        help="Total in pesos (RMF 2.7.1.35). It only informs: SAT decides.",
    )
    isp_cfdi_sweep_days = fields.Integer(
        string="Check valid documents with SAT every (days)", default=30, required=True
    )
    isp_cfdi_sweep_batch = fields.Integer(
        string="Documents checked at a time", default=200, required=True
    )

    _isp_cfdi_sat_positive = models.Constraint(
        """CHECK(
            LEAST(
                isp_cfdi_poll_first, isp_cfdi_poll_day, isp_cfdi_poll_week, isp_cfdi_poll_late,
                isp_cfdi_unregistered_hours, isp_cfdi_repeat_hours, isp_cfdi_sweep_days,
                isp_cfdi_sweep_batch
            ) > 0
        )""",
        "Waiting times and numbers of documents are positive.",
    )

    # === BUSINESS METHODS === #

    def _isp_cfdi_poll_plan(self):
        """Return when SAT is asked about a cancellation."""
        company = self.sudo()
        return PollPlan(
            company.isp_cfdi_poll_first,
            company.isp_cfdi_poll_day,
            company.isp_cfdi_poll_week,
            company.isp_cfdi_poll_late,
        )
