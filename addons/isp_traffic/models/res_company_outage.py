from odoo import fields, models


class ResCompany(models.Model):
    """When silence becomes an outage."""

    _inherit = "res.company"

    isp_outage_minutes = fields.Integer(
        string="Minutes until an outage",
        default=15,
        help="A device or zone that cannot be reached for so long opens an outage; 0: never.",
    )
    isp_outage_percent = fields.Integer(
        string="Lines of a zone (%)",
        default=80,
        help="A zone is out when so many of its measured lines cannot be reached.",
    )
    isp_outage_lines = fields.Integer(
        string="Lines of a zone, at least",
        default=3,
        help="Zones with fewer measured lines are not judged by them.",
    )

    _isp_outage_range = models.Constraint(
        "CHECK(isp_outage_minutes BETWEEN 0 AND 1440 AND isp_outage_percent BETWEEN 1 AND 100"
        " AND isp_outage_lines >= 1)",
        "Outages: 0 to 1440 minutes, 1 to 100 percent, at least one line.",
    )
