from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    isp_network_driver = fields.Selection(
        selection="_isp_selection_network_driver",
        string="Network driver",
        default="none",
        required=True,
        help="How services are switched on and off; a zone may use another one.",
    )
    isp_network_alarm_attempts = fields.Integer(
        string="Attempts before the alarm",
        default=5,
        help="After so many failed attempts of one order somebody gets an activity. The system"
        " goes on trying.",
    )

    _isp_network_alarm_attempts_positive = models.Constraint(
        "CHECK(isp_network_alarm_attempts > 0)", "Raise the alarm after at least one attempt."
    )

    # === BUSINESS METHODS === #

    def _isp_selection_network_driver(self):
        """Return "none" and the installed drivers."""
        return self.env["isp.network.driver"]._isp_selection()
