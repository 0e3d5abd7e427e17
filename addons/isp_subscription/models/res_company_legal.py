from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..services.cut_rules import capped_fee


class ResCompany(models.Model):
    """Limits of the law (NOM-184-SCFI, clauses 7 and 9 of the registered adhesion contract).

    They are settings because laws change and a lawyer has the last word. What the law grants
    postpaid customers is refused when a setting falls short of it; for prepaid ones it is shown.
    """

    _inherit = "res.company"

    isp_legal_grace_days = fields.Integer(
        string="Grace days by law",
        default=5,
        help="Clause 9: suspension only after more than these calendar days after the due date.",
    )
    isp_legal_statement_days = fields.Integer(
        string="Days of the statement by law",
        default=10,
        help="Clause 7: statement at least these calendar days before the due date.",
    )
    isp_legal_fee_percent = fields.Float(
        string="Largest reconnection fee by law (%)",
        default=20.0,
        help="Clause 9: part of a monthly price, with tax.",
    )
    isp_legal_reconnect_hours = fields.Integer(
        string="Reconnection by law (hours)",
        default=48,
        help="Clause 9: after the payment; 72 when a visit is needed.",
    )
    isp_legal_warnings = fields.Text(string="Legal warnings", compute="_compute_isp_legal_warnings")

    _isp_legal_limits_range = models.Constraint(
        "CHECK(isp_legal_grace_days >= 0 AND isp_legal_statement_days >= 0"
        " AND isp_legal_fee_percent BETWEEN 0 AND 100 AND isp_legal_reconnect_hours > 0)",
        "Legal limits: days of 0 or more, a fee of 0 to 100 percent, at least one hour.",
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "isp_grace_days",
        "isp_statement_days",
        "isp_lead_days",
        "isp_reconnection_fee",
        "isp_legal_grace_days",
        "isp_legal_statement_days",
        "isp_legal_fee_percent",
    )
    def _compute_isp_legal_warnings(self):
        for company in self:
            company.isp_legal_warnings = "\n".join(company._isp_legal_problems())

    # === CONSTRAINT METHODS === #

    @api.constrains(
        "isp_grace_days",
        "isp_statement_days",
        "isp_legal_grace_days",
        "isp_legal_statement_days",
    )
    def _check_isp_legal_minimums(self):
        """The law protects postpaid customers: 10 days to pay, then more than 5 of grace."""
        for company in self:
            if company._isp_is_below_legal() and company._isp_has_postpaid():
                raise ValidationError(
                    self.env._(
                        "Postpaid customers have at least %(statement)s days to pay and "
                        "%(grace)s days of grace by law.",
                        statement=company.isp_legal_statement_days,
                        grace=company.isp_legal_grace_days,
                    )
                )

    # === BUSINESS METHODS === #

    def _isp_is_below_legal(self):
        """Return whether the settings give less than the law grants postpaid customers."""
        self.ensure_one()
        return (
            self.isp_grace_days < self.isp_legal_grace_days
            or self.isp_statement_days < self.isp_legal_statement_days
        )

    def _isp_below_legal(self):
        """Return the companies whose settings give less than the law grants postpaid."""
        return self.search(Domain.TRUE).filtered(lambda company: company._isp_is_below_legal())

    def _isp_legal_problems(self):
        """Return what a lawyer should see, one sentence each."""
        self.ensure_one()
        problems = []
        if self.isp_grace_days < self.isp_legal_grace_days:
            problems.append(
                self.env._(
                    "Services are cut after %(days)s days; the law grants postpaid customers"
                    " more than %(legal)s.",
                    days=self.isp_grace_days,
                    legal=self.isp_legal_grace_days,
                )
            )
        given = min(self.isp_statement_days, self.isp_lead_days)
        if given < self.isp_legal_statement_days:
            problems.append(
                self.env._(
                    "Some customers have their statement %(days)s days before it is due; the"
                    " law asks for %(legal)s.",
                    days=given,
                    legal=self.isp_legal_statement_days,
                )
            )
        cheapest = self._isp_cheapest_plan()
        most = float(capped_fee(self.isp_reconnection_fee, cheapest, self.isp_legal_fee_percent))
        if cheapest and self.isp_reconnection_fee > most:
            problems.append(
                self.env._(
                    "The reconnection fee is more than %(percent)s%% of the cheapest plan:"
                    " its customers are charged %(amount)s.",
                    percent=f"{self.isp_legal_fee_percent:g}",
                    amount=self.currency_id.format(most),
                )
            )
        return problems

    def _isp_cheapest_plan(self):
        """Return the lowest monthly price with tax among the plans of the company, 0 for none."""
        self.ensure_one()
        plans = self.env["product.template"].sudo().with_company(self)
        domain = [("isp_is_plan", "=", True), ("company_id", "in", [False, self.id])]
        return min(plans.search(domain).mapped("isp_price_total"), default=0.0)
