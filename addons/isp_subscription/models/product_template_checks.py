from odoo import api, models
from odoo.exceptions import UserError, ValidationError


class ProductTemplate(models.Model):
    """A plan that can be sold and billed."""

    _inherit = "product.template"

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_is_plan", "list_price")
    def _check_isp_price(self):
        for plan in self.filtered("isp_is_plan"):
            if plan.currency_id.compare_amounts(plan.list_price, 0.0) <= 0:
                raise ValidationError(
                    self.env._("The monthly price of %s must be more than zero.", plan.name)
                )

    # === BUSINESS METHODS === #

    def _isp_check_income_account(self, company):
        """Raise a `UserError` unless invoices of this plan find an income account.

        `account` takes that of the product, its category, the company or the sales journal.
        """
        self.ensure_one()
        if self._get_product_accounts()["income"]:
            return
        journal = self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(company), ("type", "=", "sale")],
            limit=1,
        )
        if not journal.default_account_id:
            raise UserError(
                self.env._(
                    "The plan %(plan)s has no income account in %(company)s: set it on the plan "
                    "(Accounting), on its category %(category)s or on the company.",
                    plan=self.name,
                    company=company.name,
                    category=self.categ_id.display_name or "-",
                )
            )
