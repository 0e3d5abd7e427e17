from odoo import api, models
from odoo.exceptions import UserError, ValidationError


class IspSubscription(models.Model):
    """What must be right before a service runs or is billed, said in words that help."""

    _inherit = "isp.subscription"

    # === CONSTRAINT METHODS === #

    @api.constrains("plan_id", "company_id")
    def _check_plan_currency(self):
        """A price is written in one currency: that of the company that bills it."""
        for subscription in self:
            currency = subscription.plan_id.sudo().currency_id
            if currency and currency != subscription.company_id.currency_id:
                raise ValidationError(
                    self.env._(
                        "The price of %(plan)s is in %(currency)s, and %(company)s bills in "
                        "%(own)s: use a plan of this company.",
                        plan=subscription.plan_id.name,
                        currency=currency.name,
                        company=subscription.company_id.name,
                        own=subscription.company_id.currency_id.name,
                    )
                )

    # === ACTION METHODS === #

    def action_activate(self):
        """Extend: a service without a price does not start."""
        self._isp_check_role("technician", "billing")
        self._isp_check_price()
        return super().action_activate()

    # === BUSINESS METHODS === #

    def _isp_check_price(self):
        """Raise a `UserError` when a service costs nothing or less."""
        for subscription in self:
            if subscription.currency_id.compare_amounts(subscription.price_total, 0.0) <= 0:
                raise UserError(
                    self.env._(
                        "%(service)s has no price: set the price of the plan %(plan)s or an "
                        "agreed price.",
                        service=subscription.name,
                        plan=subscription.plan_id.sudo().name,
                    )
                )

    def _prepare_invoice_vals(self, periods, date):
        """Extend: what cannot be billed is refused before anything is written."""
        self._isp_check_price()
        company, plan_sudo = self.company_id, self.plan_id.sudo()
        self.env["isp.billing.memo"]._isp_once(
            ("income account", plan_sudo.id, company.id),
            lambda: plan_sudo.with_company(company)._isp_check_income_account(company),
        )
        return super()._prepare_invoice_vals(periods, date)
