from odoo import fields, models


class ResCompany(models.Model):
    """Rules of the company for pauses and cancellations."""

    _inherit = "res.company"

    isp_pause_min_days = fields.Integer(string="Shortest pause", default=7, help="In days.")
    isp_pause_max_days = fields.Integer(string="Longest pause", default=90, help="In days.")
    isp_pause_per_year = fields.Integer(
        string="Pauses per year", default=2, help="Pauses of one service that begin in a year."
    )
    isp_pause_notice_days = fields.Integer(
        string="Notice of a pause",
        default=1,
        help="Days between the customer's request and the first day of the pause.",
    )
    isp_pause_fee = fields.Monetary(
        string="Fee of a pause", help="With tax, charged when the pause begins; 0 is free."
    )
    isp_pause_fee_product_id = fields.Many2one(
        "product.product", string="Product of the pause fee", help="Its taxes are charged."
    )
    isp_cancel_notice_days = fields.Integer(
        string="Notice of a cancellation",
        default=0,
        help="Least days between the request and the end of the service.",
    )
    isp_cancel_max_days = fields.Integer(
        string="Latest cancellation",
        default=31,
        help="Most days between the request and the end of the service.",
    )

    _isp_pause_range = models.Constraint(
        "CHECK(isp_pause_min_days >= 1 AND isp_pause_max_days >= isp_pause_min_days "
        "AND isp_pause_per_year >= 0 AND isp_pause_notice_days >= 0)",
        "A pause has at least one day, and its limits cannot be negative.",
    )
    _isp_pause_fee_product = models.Constraint(
        "CHECK(isp_pause_fee IS NULL OR isp_pause_fee = 0 "
        "OR (isp_pause_fee > 0 AND isp_pause_fee_product_id IS NOT NULL))",
        "Choose the product that the fee of a pause is charged with.",
    )
    _isp_cancel_range = models.Constraint(
        "CHECK(isp_cancel_notice_days >= 0 AND isp_cancel_max_days >= isp_cancel_notice_days)",
        "The latest cancellation cannot be before its notice.",
    )
