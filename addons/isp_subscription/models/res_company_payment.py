from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    isp_duplicate_days = fields.Integer(
        string="Days between the same payment",
        default=3,
        help="Two payments of one customer with the same amount, so many days apart or fewer, "
        "are shown for review when nothing was due for the second one.",
    )

    _isp_duplicate_days_positive = models.Constraint(
        "CHECK(isp_duplicate_days >= 0)", "The days between two payments cannot be negative."
    )
