from datetime import timedelta
from decimal import Decimal

from odoo import api, models

from ..isolation import reason_of
from ..services.money import to_money


class IspSubscription(models.Model):
    """What a simulation writes about one service."""

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    def _isp_billing_rows(self, date, pool):
        """Return the lines of the simulation of ``date`` for this service, in the run's words.

        What would stop the real run is told as a failure; it stops nobody else here either.
        """
        self.ensure_one()
        try:
            plan = self._isp_billing_plan(date, pool)
            problem = self._isp_known_problem() if plan else ""
            if plan and not problem:
                self.sudo()._isp_check_accounts()
            rows = [
                self._isp_bill_row(period, date) for _service, periods in plan for period in periods
            ]
        except Exception as error:  # noqa: BLE001 the real run reports it on the record too
            return [self._isp_row("fail", reason_of(error))]
        if problem:
            return [self._isp_row("fail", problem)]
        if not rows:
            return [self._isp_row("skip", self._isp_nothing_due_text())]
        return rows

    def _isp_row(self, action, reason, **values):
        return {"subscription_id": self.id, "action": action, "reason": reason, **values}

    def _isp_bill_row(self, period, date):
        """Return the line of one period to invoice."""
        issued, due = self._invoice_dates([period], date)
        return self._isp_row(
            "bill",
            self._isp_bill_reason(),
            date_start=period.start,
            date_end=period.end,
            date_invoice=issued,
            date_due=due,
            amount=self._period_price(period),
        )

    def _isp_bill_reason(self):
        """Return why the period is due."""
        if self.state == "suspended":
            if self.company_id.isp_suspended_billing == "ahead":
                return self.env._("Suspended: the credit of the payer pays it")
            return self.env._("Suspended: the company goes on billing")
        if self.billing_mode == "postpaid":
            return self.env._("Postpaid: the period has ended")
        return self.env._("Prepaid: %s days before the cut-off date", self.company_id.isp_lead_days)

    def _isp_nothing_due_text(self):
        """Return why a service that looks due has nothing to bill."""
        if self.date_end:
            return self.env._("The service ends on %s", self.date_end)
        if self.state == "suspended":
            return self.env._("Suspended: no credit that pays the period fully")
        return self.env._("Nothing is due")

    def _isp_not_billed_row(self):
        """Return the line of a service with days to bill that the run leaves out."""
        if self.state == "suspended":
            return self._isp_row("skip", self.env._("Suspended: not billed"))
        error = self.env._("Failed earlier today: %s", self.billing_error or "")
        return self._isp_row("skip", error)

    def _isp_known_problem(self):
        """Return `_isp_billing_problem`, asked once per plan."""
        self.ensure_one()
        return self.env["isp.billing.memo"]._isp_once(
            ("problem", self.company_id.id, self.plan_id.id), self._isp_billing_problem
        )

    def _isp_billing_problem(self):
        """Return what keeps the service from being invoiced, "" when nothing does."""
        self.ensure_one()
        plan = self.plan_id.sudo().with_company(self.company_id)
        product = plan.product_variant_id
        if not product:
            return self.env._("The plan %s has no product variant.", plan.name)
        accounts = product.product_tmpl_id.get_product_accounts()
        if not accounts.get("income") and not self._isp_journal_income():
            return self.env._("The plan %s has no income account.", plan.name)
        return ""

    def _isp_journal_income(self):
        """Return the income account of the journal that invoices would take."""
        journals = self.env["account.journal"].sudo()
        domain = [("company_id", "=", self.company_id.id), ("type", "=", "sale")]
        return journals.search(domain, limit=1).default_account_id

    @api.model
    def _isp_cut_facts(self, date, company, ids=None):
        """Extend: a simulation of the whole day knows the invoices that its billing would make."""
        facts = super()._isp_cut_facts(date, company, ids)
        planned = self.env.context.get("isp_planned_bills")
        if not planned:
            return facts
        if ids is None:
            more = [sub_id for sub_id in planned if sub_id and sub_id not in facts]
            found = super()._isp_cut_facts(date, company, more)
            facts |= {
                sub_id: known
                for sub_id, known in found.items()
                if known.state in ("active", "grace")
            }
        grace_end = date - timedelta(company.isp_grace_days)
        payers = self.browse(facts).grouped("commercial_partner_id")
        for payer, services in payers.items():
            for sub_id in services.ids:
                facts[sub_id] = self._isp_with_planned(
                    facts[sub_id], planned.get(sub_id, []), grace_end
                )
                if payer.id in planned[None]:
                    facts[sub_id] = facts[sub_id]._replace(credit=planned[None][payer.id])
        return facts

    @api.model
    def _isp_with_planned(self, known, bills, grace_end):
        """Return the facts ``known`` with the planned overdue ``bills`` added."""
        if not bills:
            return known
        late = sum((to_money(amount) for due, amount in bills if due < grace_end), Decimal(0))
        dues = [due for due, _amount in bills]
        return known._replace(
            overdue=to_money(known.overdue) + sum(to_money(amount) for _due, amount in bills),
            late=to_money(known.late) + late,
            oldest_due=min([*dues, known.oldest_due] if known.oldest_due else dues),
        )
