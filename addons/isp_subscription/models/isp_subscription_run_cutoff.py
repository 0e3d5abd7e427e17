import time

from odoo import api, models


class IspSubscription(models.Model):
    """The record of a cut-off run: its figures, and a line per service put in grace or cut."""

    _inherit = "isp.subscription"

    # === CRON === #

    @api.model
    def _cron_cutoff(self):
        """Extend: companies whose runs wait for a confirmation are left out."""
        automatic = self.with_context(isp_auto_run=True)
        return super(IspSubscription, automatic)._cron_cutoff()

    # === BUSINESS METHODS === #

    @api.model
    def _run_cutoff(self, date, company, **options):
        """Extend: keep a record of the run."""
        started = time.monotonic()
        run = self.env["isp.run"]._isp_start(company, "cutoff", date)
        work = self.with_context(isp_run_id=run.id, isp_run_kind="cutoff")
        figures = super(IspSubscription, work)._run_cutoff(date, company, **options)
        if not figures:
            run._isp_close("interrupted")
            self.env["ir.cron"]._commit_progress(0)
            return figures
        run._isp_add(
            time.monotonic() - started,
            subscriptions=figures.get("reviewed", 0),
            failed=figures.get("failed", 0),
        )
        run._isp_close("done")
        self.env["ir.cron"]._commit_progress(0)
        return figures

    def _set_state(self, state, reason=None):
        """Extend: note in the record of the cut-off run whom it put in grace or cut."""
        before = self.state
        res = super()._set_state(state, reason)
        action = {"grace": "grace", "suspended": "cut"}.get(state)
        if not action or state == before or self.env.context.get("isp_run_kind") != "cutoff":
            return res
        run_sudo = self.env["isp.run"].sudo().browse(self.env.context["isp_run_id"])
        due = self._isp_situation(run_sudo.date).get(self.id)
        self.env["isp.run.line"].sudo().create(
            {
                "run_id": run_sudo.id,
                "subscription_id": self.id,
                "action": action,
                "amount": due.overdue if due else 0.0,
                "date_due": due.oldest_due if due else False,
                "reason": reason,
            }
        )
        run_sudo._isp_add(**{action: 1})
        return res
