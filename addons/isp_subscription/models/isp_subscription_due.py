from datetime import timedelta

from odoo import models
from odoo.tools import float_round

from ..services.money import affordable


class IspSubscription(models.Model):
    """What is due: the same answer for the billing run and for its simulation."""

    _inherit = "isp.subscription"

    def _due_periods(self, date):
        """Return the periods of the service that are due for billing on ``date``."""
        self.ensure_one()
        if self.billing_mode == "postpaid":
            periods = self._next_periods(until=date)
            return [period for period in periods if period.end <= date]
        return self._next_periods(until=date + timedelta(self.company_id.isp_lead_days + 1))

    def _isp_billing_plan(self, date, pool=None):
        """Return ``[(service, [period]), …]``: what to invoice on ``date``, one invoice each.

        :param dict pool: credit of the payers of suspended services (`_isp_credit_pool`), used
            up here; a simulation passes the same one for all its chunks
        """
        pool = self._isp_credit_pool() if pool is None else pool
        plan = []
        for subscription in self:
            periods = subscription._due_periods(date)
            if pool:
                periods = subscription._isp_bill_from_pool(periods, pool, date)
            plan += [(subscription, [period]) for period in periods]
        return plan

    def _isp_credit_pool(self):
        """Return ``{payer: credit}`` of the suspended services that are billed from credit only.

        What the payer still owes is deducted: it is settled first.
        """
        ahead = self.filtered(
            lambda sub: sub.state == "suspended" and sub.company_id.isp_suspended_billing == "ahead"
        )
        if not ahead:
            return {}
        credits = ahead.sudo()._isp_credits()
        pool = {}
        for payer, services in ahead.grouped("commercial_partner_id").items():
            credit = credits.get((payer.id, services.company_id.id), 0.0)
            if credit > 0:
                moves = services[:1].sudo()._isp_payer_open_moves()
                credit -= sum(moves.mapped("amount_residual"))
            pool[payer] = max(float_round(credit, precision_digits=2), 0.0)
        return pool

    def _isp_bill_from_pool(self, periods, pool, date):
        """Return those of ``periods`` that may be billed, and take their price from ``pool``.

        Services that run are billed anyway; a suspended one only for what the credit pays fully,
        and never for days that have passed without service.
        """
        self.ensure_one()
        payer = self.commercial_partner_id
        if payer not in pool:
            return periods
        prices = [self._period_price(period) for period in periods]
        if self.state == "suspended":
            if periods and periods[0].start < date:
                return []
            prices = prices[: affordable(pool[payer], prices)]
        left = float_round(pool[payer] - sum(prices), precision_digits=2)
        pool[payer] = max(left, 0.0)
        return periods[: len(prices)]
