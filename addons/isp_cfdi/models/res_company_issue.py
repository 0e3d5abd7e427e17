from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const_issue import (
    BIMONTHLY_REGIME,
    DEFAULT_SERIES,
    PERIODS,
    POLICIES,
    PUBLIC_POLICIES,
    REP_POLICIES,
    SELF_POLICIES,
)


class ResCompany(models.Model):
    """What the company issues when, and how long before a deadline it wants to know."""

    _inherit = "res.company"

    isp_cfdi_policy = fields.Selection(
        POLICIES,
        string="CFDI of customers with RFC",
        default="payment",
        required=True,
        help="A customer can have his own rule, on the page «Fiscal data» of the contact.",
    )
    isp_cfdi_public = fields.Selection(
        PUBLIC_POLICIES,
        string="CFDI of customers without RFC",
        default="global",
        required=True,
    )
    isp_cfdi_rep = fields.Selection(
        REP_POLICIES, string="Payment complements (REP)", default="payment", required=True
    )
    isp_cfdi_global_period = fields.Selection(
        PERIODS, string="Global invoice", default="04", required=True, help="Periodicidad"
    )
    isp_cfdi_global_max = fields.Integer(
        string="Receipts per global invoice",
        default=1000,
        help="A period with more receipts is split into several documents.",
    )
    isp_cfdi_self_days = fields.Integer(
        string="Days after the month",
        help="A customer may ask for a named invoice until the end of the month in which he "
        "paid, and so many days more.",
    )
    isp_cfdi_self_policy = fields.Selection(
        SELF_POLICIES,
        string="Named invoice of a receipt in a stamped global invoice",
        default="credit",
        required=True,
    )
    isp_cfdi_form_unpaid = fields.Selection(
        selection=lambda self: self.env["isp.payment.form"]._isp_cfdi_form_selection(),
        string="Payment form of credit notes",
        default="15",
        help="FormaPago of a credit note whose invoice was not paid: SAT's 15 is remission.",
    )
    isp_cfdi_form_expected = fields.Selection(
        selection=lambda self: self.env["isp.payment.form"]._isp_cfdi_form_selection(),
        string="Expected payment form",
        default="03",
        help="FormaPago of a PUE document that is issued before it is paid.",
    )
    isp_cfdi_serie_credit = fields.Char(
        string="Series of credit notes", size=25, default=DEFAULT_SERIES["E"]
    )
    isp_cfdi_serie_payment = fields.Char(
        string="Series of payments", size=25, default=DEFAULT_SERIES["P"]
    )
    isp_cfdi_serie_global = fields.Char(
        string="Series of global invoices", size=25, default=DEFAULT_SERIES["G"]
    )
    isp_cfdi_user_id = fields.Many2one(
        "res.users",
        string="Responsible for CFDI",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Gets the activities of problems and deadlines; empty: the administrator.",
    )
    isp_cfdi_warn_hours = fields.Integer(
        string="Hours of warning", default=24, help="Before a deadline of SAT passes."
    )
    isp_cfdi_rep_day = fields.Integer(
        string="Last day of payment complements",
        default=5,
        help="Natural day of the month after the payment (RMF 2.7.1.32).",
    )
    isp_cfdi_global_hours = fields.Integer(
        string="Hours for the global invoice",
        default=24,
        help="After the period closes (RMF 2.7.1.21).",
    )
    isp_cfdi_cancel_month = fields.Integer(
        string="Last month to cancel",
        help="Of the year after the issue (CFF 29-A); 0: March for companies, April for natural "
        "persons.",
    )

    _isp_cfdi_numbers = models.Constraint(
        "CHECK(isp_cfdi_global_max BETWEEN 1 AND 20000 AND isp_cfdi_self_days BETWEEN 0 AND 366"
        " AND isp_cfdi_warn_hours BETWEEN 0 AND 720 AND isp_cfdi_rep_day BETWEEN 1 AND 28"
        " AND isp_cfdi_global_hours BETWEEN 1 AND 720 AND isp_cfdi_cancel_month BETWEEN 0 AND 12)",
        "A number of the CFDI settings is out of range: 1 to 20,000 receipts per global invoice, "
        "0 to 366 days, 1 to 720 hours, days 1 to 28, months 0 to 12.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_cfdi_global_period", "isp_cfdi_regime")
    def _check_isp_cfdi_global_period(self):
        for company in self:
            bimonthly = company.isp_cfdi_global_period == "05"
            if bimonthly and company.isp_cfdi_regime not in (False, BIMONTHLY_REGIME):
                raise ValidationError(
                    self.env._("Only the tax regime 621 may issue a global invoice of two months.")
                )

    # === BUSINESS METHODS === #

    def _isp_cfdi_user(self):
        """Return who answers for the fiscal documents of the company."""
        self.ensure_one()
        user_sudo = self.sudo().isp_cfdi_user_id
        return user_sudo if user_sudo.active else self.env.ref("base.user_admin")

    def _isp_cfdi_serie_of(self, kind):
        """Return the series of a kind: "I", "E", "P", or "G" for a global invoice."""
        self.ensure_one()
        names = {"E": "credit", "P": "payment", "G": "global"}
        if kind not in names:
            return self.isp_cfdi_serie or ""
        return self[f"isp_cfdi_serie_{names[kind]}"] or ""
