from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    isp_voucher_days = fields.Integer(
        string="Days a transfer reference is valid",
        default=2,
        help="A reference is valid until the end of this many days after its creation.",
    )
    isp_spei_beneficiary = fields.Char(
        string="Beneficiary of transfers",
        help="As the customer writes it in his bank. The company's name when empty.",
    )
    isp_spei_bank = fields.Char(
        string="Name of the receiving bank",
        default="BBVA",
        help="As shown to customers. What Openpay answers when empty.",
    )

    _isp_voucher_days_range = models.Constraint(
        "CHECK(isp_voucher_days BETWEEN 0 AND 30)",
        "A reference is valid between 0 and 30 days.",
    )
