from odoo import fields, models


class ResCompany(models.Model):
    """Rules of the import of bank statements."""

    _inherit = "res.company"

    isp_bank_sure = fields.Integer(
        string="Sure from",
        default=95,
        help="Proposals with at least this confidence (0 to 100) are confirmed together.",
    )
    isp_bank_days = fields.Integer(
        string="Days between payment and statement",
        default=10,
        help="A payment with the same reference and amount, so many days apart or fewer, is the "
        "same money.",
    )

    _isp_bank_sure_range = models.Constraint(
        "CHECK(isp_bank_sure BETWEEN 51 AND 100)", "Be sure from a confidence of 51 to 100."
    )
    _isp_bank_days_range = models.Constraint(
        "CHECK(isp_bank_days BETWEEN 0 AND 90)", "Choose between 0 and 90 days."
    )
