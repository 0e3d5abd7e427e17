from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL, format_date

from ..services.money import to_money
from ..services.run_rules import choose_reminder

NOTICE_STATES = ("active", "grace", "suspended", "cancel_pending")


class IspSubscription(models.Model):
    """Which notices are due on a day: the same answer for the sender and for the simulation.

    A spec is the dict of values of the `isp.notice` to make, ``state`` ``queued`` (to send) or
    ``skipped`` (only recorded). Everything is read in a few queries per company.
    """

    _inherit = "isp.subscription"

    # === BUSINESS METHODS === #

    @api.model
    def _isp_notice_plan(self, date, company):
        """Return the specs of all the notices of ``company`` that are due on ``date``.

        Whoever gets a notice of suspension gets no reminder on the same day.
        """
        self.env.flush_all()
        warnings = self._isp_plan_warnings(date, company)
        warned = {spec["subscription_id"] for spec in warnings}
        reminders = [
            spec
            for spec in self._isp_plan_reminders(date, company)
            if spec["state"] != "queued" or spec["subscription_id"] not in warned
        ]
        statements = self._isp_plan_statements(date, company)
        return statements + warnings + reminders + self._isp_plan_suspensions(date, company)

    @api.model
    def _isp_plan_statements(self, date, company):
        """Return a spec per posted invoice whose statement is still to come."""
        if not company.isp_notify_invoice:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT period.subscription_id, move.id, move.invoice_date, move.invoice_date_due,
                       move.amount_residual, sub.billing_mode
                  FROM isp_subscription_period period
                  JOIN account_move move ON move.id = period.move_id
                  JOIN isp_subscription sub ON sub.id = period.subscription_id
                 WHERE period.notice_date IS NULL
                   AND period.company_id = %s
                   AND period.state IN ('billed', 'paid')
                   AND move.state = 'posted'
                   AND move.create_date IS NOT NULL
                   AND NOT EXISTS (
                       SELECT 1 FROM isp_notice notice
                        WHERE notice.subscription_id = period.subscription_id
                          AND notice.kind = 'invoice' AND notice.key = move.id::varchar)
              GROUP BY period.subscription_id, move.id, sub.billing_mode
              ORDER BY period.subscription_id, move.id
                """,
                company.id,
            )
        )
        return [self._isp_statement_spec(row, date, company) for row in rows]

    def _isp_statement_spec(self, row, date, company):
        """Return the spec of one statement, or the reason why it is not sent."""
        sub_id, move_id, issued, due, residual, mode = row
        spec = {
            "subscription_id": sub_id,
            "kind": "invoice",
            "key": str(move_id),
            "move_id": move_id,
            "date": date,
            "date_due": due,
            "amount": float(residual),
            "state": "queued",
        }
        late = mode == "postpaid" and (due - date).days < company.isp_statement_lead_days
        if not residual:
            spec.update(state="skipped", reason=self.env._("Paid already"))
        elif (date - issued).days > company.isp_notice_max_age:
            spec.update(state="skipped", reason=self.env._("Its day has passed"), is_late=late)
        else:
            spec["is_late"] = late
        return spec

    @api.model
    def _isp_plan_reminders(self, date, company):
        """Return the specs of the reminders: one per service at most, the rest is recorded."""
        offsets = company._isp_reminder_days()
        if not company.isp_notify_reminder or not offsets:
            return []
        moments = {}
        for sub_id, due, offset, amount in self._isp_reminder_rows(date, company, offsets):
            moments.setdefault(sub_id, {})[due, offset] = float(amount)
        specs = []
        for sub_id, found in moments.items():
            chosen, skipped = choose_reminder(found, date, company.isp_notice_max_age)
            for due, offset in skipped + ([chosen] if chosen else []):
                spec = {
                    "subscription_id": sub_id,
                    "kind": "reminder",
                    "key": f"{due}:{offset:+d}",
                    "date": date,
                    "date_due": due,
                    "amount": found[due, offset],
                    "state": "queued" if (due, offset) == chosen else "skipped",
                    "reason": self._isp_reminder_reason(offset),
                }
                if spec["state"] == "skipped":
                    spec["reason"] = self.env._("Its day has passed, or a later one replaces it")
                specs.append(spec)
        return specs

    def _isp_reminder_reason(self, offset):
        """Return why a reminder is due, in the words of a list."""
        if offset < 0:
            return self.env._("%s days before the due date", -offset)
        if offset:
            return self.env._("%s days after the due date", offset)
        return self.env._("On the due date")

    @api.model
    def _isp_reminder_rows(self, date, company, offsets):
        """Return ``(service, due date, offset, open amount)`` of the past moments not dealt with.

        An invoice counts from the day after its statement: nobody gets both on the same day.
        """
        return self.env.execute_query(
            SQL(
                """
                WITH debt AS (
                    SELECT line.isp_subscription_id AS subscription_id,
                           move.invoice_date_due AS due,
                           ROUND(move.amount_residual * SUM(line.price_total)
                                 / NULLIF(move.amount_total, 0), 2) AS amount
                      FROM account_move move
                      JOIN account_move_line line ON line.move_id = move.id
                      JOIN isp_subscription sub ON sub.id = line.isp_subscription_id
                     WHERE move.state = 'posted'
                       AND move.move_type = 'out_invoice'
                       AND move.payment_state IN ('not_paid', 'partial')
                       AND move.company_id = %(company)s
                       AND sub.state IN %(states)s
                       AND move.invoice_date_due <= %(latest)s
                       AND NOT EXISTS (
                           SELECT 1 FROM isp_subscription_period period
                            WHERE period.move_id = move.id
                              AND (period.notice_date IS NULL OR period.notice_date >= %(date)s))
                  GROUP BY line.isp_subscription_id, move.id
                ),
                owed AS (
                    SELECT subscription_id, due, SUM(amount) AS amount
                      FROM debt WHERE amount > 0 GROUP BY subscription_id, due
                )
                SELECT owed.subscription_id, owed.due, step.days, owed.amount
                  FROM owed CROSS JOIN unnest(%(offsets)s::int[]) AS step(days)
                 WHERE owed.due + step.days <= %(date)s
                   AND NOT EXISTS (
                       SELECT 1 FROM isp_notice notice
                        WHERE notice.subscription_id = owed.subscription_id
                          AND notice.kind = 'reminder'
                          AND notice.key = to_char(owed.due, 'YYYY-MM-DD') || ':'
                              || CASE WHEN step.days < 0 THEN '' ELSE '+' END || step.days)
              ORDER BY owed.subscription_id, owed.due, step.days
                """,
                company=company.id,
                states=NOTICE_STATES,
                date=date,
                latest=date - timedelta(min(offsets)),
                offsets=offsets,
            )
        )

    @api.model
    def _isp_plan_warnings(self, date, company):
        """Return a spec per service that must be told before it is cut.

        Overdue for ``isp_suspension_notice_days`` days, not covered by credit, and not told yet
        about the debt of that due date.
        """
        if not company.isp_notify_suspension:
            return []
        least = to_money(max(company.isp_min_debt, 0.01))
        last_due = date - timedelta(company.isp_suspension_notice_days)
        specs = []
        facts = self._isp_cut_facts(date, company)
        told = self._isp_told_keys(list(facts))
        for sub_id, known in sorted(facts.items()):
            due, overdue = known.oldest_due, to_money(known.overdue)
            if known.state not in ("active", "grace") or not due or due > last_due:
                continue
            if not known.cutoff_date or known.cutoff_date > date:
                continue
            covered = overdue - max(to_money(known.credit), 0) < least
            if covered or (sub_id, self._isp_suspension_key(due)) in told:
                continue
            specs.append(
                {
                    "subscription_id": sub_id,
                    "kind": "suspension",
                    "key": self._isp_suspension_key(due),
                    "date": date,
                    "date_due": due,
                    "amount": float(overdue),
                    "state": "queued",
                    "reason": self.env._("Overdue since %s", format_date(self.env, due)),
                }
            )
        return specs

    @api.model
    def _isp_plan_suspensions(self, date, company):
        """Return the specs that tell of services cut for debt and of those that came back.

        Who was back before it could be told gets only the good news.
        """
        if not company.isp_notify_service:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cut.subscription_id, cut.id, cut.amount_due, event.kind
                  FROM isp_suspension cut
            CROSS JOIN LATERAL (
                       SELECT CASE WHEN cut.date_to IS NULL THEN 'suspended'
                                   ELSE 'reactivated' END AS kind,
                              COALESCE(cut.date_to, cut.date_from) AS moment) AS event
                 WHERE cut.company_id = %s
                   AND cut.reason = 'debt'
                   AND event.moment >= %s
                   AND NOT EXISTS (
                       SELECT 1 FROM isp_notice notice
                        WHERE notice.subscription_id = cut.subscription_id
                          AND notice.kind = event.kind AND notice.key = cut.id::varchar)
              ORDER BY cut.id
                """,
                company.id,
                date - timedelta(company.isp_notice_max_age),
            )
        )
        return [
            {
                "subscription_id": sub_id,
                "kind": kind,
                "key": str(cut_id),
                "date": date,
                "amount": float(amount or 0.0) if kind == "suspended" else 0.0,
                "state": "queued",
            }
            for sub_id, cut_id, amount, kind in rows
        ]

    @api.model
    def _isp_told_keys(self, ids):
        """Return ``{(service id, key)}`` of the notices of suspension of these services."""
        notices = self.env["isp.notice"].sudo()
        domain = [("subscription_id", "in", ids), ("kind", "=", "suspension")]
        query = notices._search(domain).select("subscription_id", "key")
        return set(self.env.execute_query(query)) if ids else set()
