from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..services.cut_rules import CUT, Facts, decide

VERDICTS = [("none", "None"), ("grace", "In grace"), ("wait", "Waits"), ("cut", "To cut")]


class IspSubscription(models.Model):
    """Who may be cut and why: for all the services at once, and for one at the last moment."""

    _inherit = "isp.subscription"

    cut_verdict = fields.Selection(
        VERDICTS,
        string="Cut today",
        compute="_compute_cut_verdict",
        search="_search_cut_verdict",
        groups="isp_subscription.group_isp_readonly",
    )
    cut_reason = fields.Char(
        compute="_compute_cut_verdict", groups="isp_subscription.group_isp_readonly"
    )

    # === COMPUTE METHODS === #

    def _compute_cut_verdict(self):
        for company, services in self.grouped("company_id").items():
            today = company._isp_today()
            verdicts = self._isp_cut_verdicts(today, company, services._origin.ids)
            for service in services:
                verdict, reason = verdicts.get(service._origin.id, ("none", "nothing"))
                service.cut_verdict = verdict
                service.cut_reason = self._isp_cut_verdict_text(verdict, reason)

    def _search_cut_verdict(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        wanted = {verdict or "none" for verdict in value}
        if "none" in wanted:  # everybody else: ask for the opposite
            wanted = {code for code, _label in VERDICTS} - wanted
            operator = "not in" if operator == "in" else "in"
        ids = []
        for company in self.env.companies:
            verdicts = self._isp_cut_verdicts(company._isp_today(), company)
            ids += [sub_id for sub_id, found in verdicts.items() if found.verdict in wanted]
        return Domain("id", operator, ids)

    # === BUSINESS METHODS: ALL AT ONCE === #

    @api.model
    def _isp_cut_verdicts(self, date, company, ids=None):
        """Return ``{id: Verdict(verdict, reason)}`` on ``date``, in a few queries for any number.

        ``verdict`` is "cut", "wait" (debt that could be cut, but something postpones), "grace"
        (overdue within the grace days) or "none"; ``reason`` is the code of
        `_isp_cut_verdict_text`. Reads only: the cut itself asks `_may_be_suspended` again.

        :param date: calendar day of the company
        :param ids: of these services, all of them in the result; default the active ones with
            something overdue
        """
        facts = self._isp_cut_facts(date, company, ids)
        closed = company._isp_cut_closed(date)
        least = company.isp_min_debt
        verdicts = {sub_id: decide(known, date, least) for sub_id, known in facts.items()}
        ripe = [sub_id for sub_id, found in verdicts.items() if found.verdict == CUT]
        pending = self._isp_pending_payment_ids(ripe) if ripe else set()
        due = {sub_id: facts[sub_id].oldest_due for sub_id in ripe}
        unnotified = self._isp_unnotified_ids(due, date) if ripe else set()
        for sub_id in ripe:
            known = facts[sub_id]._replace(
                pending=sub_id in pending, notified=sub_id not in unnotified
            )
            verdicts[sub_id] = decide(known, date, least, closed)
        return verdicts

    @api.model
    def _isp_cut_facts(self, date, company, ids=None):
        """Return ``{id: Facts}`` of the services of ``company``, in one query."""
        if ids is not None and not ids:
            return {}
        self._isp_flush_situation()
        self.env["isp.promise"].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        only = (
            SQL("AND sub.id IN %s", tuple(ids))
            if ids is not None
            else SQL(
                "AND situation.overdue > 0 AND sub.active AND sub.state IN ('active', 'grace')"
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sub.id, sub.state, sub.cutoff_date, situation.oldest_due,
                       COALESCE(situation.overdue, 0), COALESCE(situation.late, 0),
                       COALESCE(situation.credit, 0), COALESCE(promise.kind, '')
                  FROM isp_subscription sub
             LEFT JOIN (%(situation)s) situation ON situation.subscription_id = sub.id
             LEFT JOIN isp_promise promise
                    ON promise.subscription_id = sub.id
                   AND promise.state = 'open'
                   AND promise.date_until >= %(date)s
                 WHERE sub.company_id = %(company)s %(only)s
                """,
                situation=self._isp_situation_query(company, date, ids, company.isp_grace_days),
                date=date,
                company=company.id,
                only=only,
            )
        )
        return {sub_id: Facts(*known) for sub_id, *known in rows}

    @api.model
    def _isp_pending_payment_ids(self, ids):
        """Hook: return the set of those ``ids`` for which a payment is on its way.

        A payment announced more than the company's `isp_pending_hours` ago does not count.
        """
        return set()

    @api.model
    def _isp_unnotified_ids(self, oldest_dues, date):
        """Hook: return the ids of the services without proof of the notice of the cut.

        :param dict oldest_dues: ``{id: due date of the oldest overdue debt}``
        :param date: day of the cut, in the company's calendar
        """
        return set()

    def _isp_cut_verdict_text(self, verdict, reason):
        """Return the words for a verdict, in the reader's language; "" for nothing to say."""
        # Each is translated only when it is asked for: a list asks thousands of times.
        texts = {
            "state": lambda: self.env._("Not in service"),
            "nothing": lambda: self.env._("Nothing overdue"),
            "min_debt": lambda: self.env._("Overdue less than the smallest debt that suspends"),
            "paid_ahead": lambda: self.env._("Paid ahead"),
            "credit": lambda: self.env._("The credit of the payer covers it"),
            "grace_days": lambda: self.env._("Within the grace days"),
            "promise": lambda: self.env._("Promise of payment in force"),
            "extension": lambda: self.env._("Extension in force"),
            "pending": lambda: self.env._("A payment is in process"),
            "notice": lambda: self.env._("Without proof of the notice"),
            "weekday": lambda: self.env._("No cuts on this day of the week"),
            "holiday": lambda: self.env._("Holiday"),
            "eve": lambda: self.env._("Eve of a holiday"),
            "debt": lambda: self.env._("Debt past its grace days"),
        }
        return texts[reason]() if reason in texts else ""

    # === BUSINESS METHODS: ONE SERVICE === #

    def _has_pending_payment(self):
        """Return whether a payment in process must postpone the cut."""
        self.ensure_one()
        return self.id in self._isp_pending_payment_ids(self.ids)

    def _may_be_suspended(self, date):
        """Return whether the service may be cut for debt on ``date`` (company's calendar).

        Recomputed from the journal items now: never when paid ahead, when the overdue debt is
        below the minimum, within the grace days, on a day without cuts, before the last day of
        a promise, without notice, or with a payment in process.
        """
        return self._isp_cut_verdict(date).verdict == CUT

    def _isp_cut_verdict(self, date):
        """Return the `Verdict` of one service, from its own journal items and promises."""
        self.ensure_one()
        record, company = self.sudo(), self.company_id
        promise = record.promise_ids.filtered(
            lambda row: row.state == "open" and row.date_until >= date
        )
        known = Facts(
            state=self.state,
            cutoff_date=self.cutoff_date or None,
            oldest_due=record._isp_oldest_overdue(date),
            overdue=record._isp_overdue_amount(date),
            late=record._isp_overdue_amount(date, company.isp_grace_days),
            credit=record._isp_credit_amount(),
            promise=promise[:1].kind or "",
        )
        verdict = decide(known, date, company.isp_min_debt)
        if verdict.verdict == CUT:
            known = known._replace(
                pending=record._has_pending_payment(),
                notified=not record._isp_unnotified_ids({self.id: known.oldest_due}, date),
            )
            verdict = decide(known, date, company.isp_min_debt, company._isp_cut_closed(date))
        return verdict

    def _isp_oldest_overdue(self, date):
        """Return the due date of the oldest invoice that is overdue on ``date``, None for none."""
        self.ensure_one()
        dues = self.sudo()._isp_open_moves().mapped("invoice_date_due")
        return min((due for due in dues if due < date), default=None)
