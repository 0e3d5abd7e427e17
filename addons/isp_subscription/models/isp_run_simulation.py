from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_round

CHUNK = 2000


class IspRun(models.Model):
    """The simulation: the decisions of the real run, on the same data, without its effects."""

    _inherit = "isp.run"

    # === BUSINESS METHODS === #

    @api.model
    def _isp_simulate(self, company, date, kind):
        """Return a new simulation of ``kind`` for ``date``; nothing else is written.

        Only services with something to do or to explain get lines.
        """
        run = self.sudo().with_context(tracking_disable=True)
        run = run.create({"company_id": company.id, "kind": kind, "date": date, "is_dry": True})
        run = run.with_context(lang=company._isp_lang(), isp_run_id=False)
        if kind in ("billing", "day"):
            run._isp_simulate_billing()
        if kind in ("notice", "day"):
            run._isp_simulate_notices()
        if kind in ("cutoff", "day"):
            run._isp_simulate_cutoff()
        run._isp_count_lines()
        now = fields.Datetime.now()
        run.write({"state": "done", "ended_at": now})
        return run

    def _isp_simulate_billing(self):
        """Write a line per period that the billing run would invoice, skip or fail on."""
        services = self._isp_services()
        due = services._get_due_date_domain(self.date, self.company_id)
        domain = services._get_due_domain(self.date, self.company_id)
        ids = services.search(domain, order="id").ids
        pool = services.browse(ids)._isp_credit_pool() if self._isp_bills_ahead() else {}
        for index in range(0, len(ids), CHUNK):
            chunk = services.browse(ids[index : index + CHUNK])
            with self.env["isp.billing.memo"]._isp_remembering():
                rows = [row for sub in chunk for row in sub._isp_billing_rows(self.date, pool)]
            self.env["isp.run.line"]._isp_insert(self, rows)
            self.env.invalidate_all()
        stopped = Domain("state", "in", ("suspended", "active", "grace"))
        others = services.search(due & stopped & ~Domain("id", "in", ids), order="id")
        rows = [service._isp_not_billed_row() for service in others]
        self.env["isp.run.line"]._isp_insert(self, rows)

    def _isp_services(self):
        """Return the model of the services, set to the company of the run."""
        self.ensure_one()
        return self.env["isp.subscription"].with_company(self.company_id)

    def _isp_bills_ahead(self):
        self.ensure_one()
        return self.company_id.isp_suspended_billing == "ahead"

    def _isp_simulate_notices(self):
        """Write a line per reminder and per suspension notice that would be sent."""
        services = self._isp_services().with_context(isp_planned_bills=self._isp_planned_bills())
        rows = [
            {**spec, "action": "remind" if spec["kind"] == "reminder" else "warn"}
            for spec in services._isp_notice_plan(self.date, self.company_id)
            if spec["kind"] in ("reminder", "suspension") and spec["state"] == "queued"
        ]
        self.env["isp.run.line"]._isp_insert(self, rows)

    def _isp_simulate_cutoff(self):
        """Write a line per overdue service: grace, cut, or why it waits."""
        services = self._isp_services().with_context(isp_planned_bills=self._isp_planned_bills())
        verdicts = services._isp_cut_verdicts(self.date, self.company_id)
        found = {sub_id: verdict for sub_id, verdict in verdicts.items() if verdict[0] != "none"}
        facts = services._isp_cut_facts(self.date, self.company_id, list(found))
        rows = []
        for sub_id, (verdict, reason) in sorted(found.items()):
            action = verdict
            if verdict != "cut":  # who waits is in grace meanwhile
                action = "grace" if facts[sub_id].state == "active" else "wait"
            rows.append(
                {
                    "subscription_id": sub_id,
                    "action": action,
                    "reason": services._isp_cut_verdict_text(verdict, reason),
                    "amount": float(facts[sub_id].overdue),
                    "date_due": facts[sub_id].oldest_due,
                }
            )
        self.env["isp.run.line"]._isp_insert(self, rows)

    def _isp_planned_bills(self):
        """Return ``{service id: [(due date, open amount)]}`` of the invoices this run foresees.

        The credit of the payers settles them in order, as the billing run does; what is left of
        it is under ``None``: ``{None: {payer id: credit}}``. Empty without planned invoices.
        """
        bills = self.env["isp.run.line"].search(
            [("run_id", "=", self.id), ("action", "=", "bill")], order="date_due, date_invoice, id"
        )
        if not bills:
            return {}
        credits = bills.subscription_id._isp_credits()
        left = {payer: credit for (payer, _company), credit in credits.items()}
        planned = {None: left}
        for bill in bills:
            payer = bill.subscription_id.commercial_partner_id.id
            paid = min(max(left.get(payer, 0.0), 0.0), bill.amount)
            left[payer] = left.get(payer, 0.0) - paid
            due = float_round(bill.amount - paid, precision_digits=2)
            if due > 0 and bill.date_due < self.date:
                planned.setdefault(bill.subscription_id.id, []).append((bill.date_due, due))
        return planned

    def _isp_count_lines(self):
        """Fill the figures from the lines, in one query."""
        groups = self.env["isp.run.line"]._read_group(
            [("run_id", "=", self.id)],
            ["action"],
            ["__count", "amount:sum", "subscription_id:count_distinct"],
        )
        counts = Counter({action: count for action, count, _amount, _subs in groups})
        billed = next((row for row in groups if row[0] == "bill"), ("bill", 0, 0.0, 0))
        self.write(
            {
                "subscriptions": billed[3],
                "invoices": counts["bill"],
                "amount": billed[2],
                "failed": counts["fail"],
                "warned": counts["remind"] + counts["warn"],
                "grace": counts["grace"],
                "cut": counts["cut"],
                "waiting": counts["wait"],
            }
        )
