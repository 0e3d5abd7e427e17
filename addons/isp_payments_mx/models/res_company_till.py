from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services.till import denominations

MEXICAN_CASH = "1000, 500, 200, 100, 50, 20, 10, 5, 2, 1, 0.50"


class ResCompany(models.Model):
    """Rules of the tills."""

    _inherit = "res.company"

    isp_till_denominations = fields.Char(
        string="Notes and coins",
        default=MEXICAN_CASH,
        help="What a cashier counts when a till is closed; amounts separated by commas.",
    )
    isp_till_note_above = fields.Monetary(
        string="Difference to explain",
        default=0.0,
        help="Closing a till with a larger difference than this needs a note.",
    )

    _isp_till_note_above_positive = models.Constraint(
        "CHECK(isp_till_note_above >= 0)", "The difference to explain cannot be negative."
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_till_denominations")
    def _check_isp_till_denominations(self):
        for company in self:
            try:
                denominations(company.isp_till_denominations)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%s” is no note and no coin. Write amounts like 500, 20, 0.50.", error
                    )
                ) from None
