import logging

from odoo import api, fields, models
from odoo.fields import Domain

from ..isolation import attempt, reason_of

_logger = logging.getLogger(__name__)


class IspCancellation(models.Model):
    """The end of a cancelled service, on its day, whatever day the job runs."""

    _inherit = "isp.cancellation"

    error = fields.Char(readonly=True, copy=False, help="Why it could not be carried out.")

    # === BUSINESS METHODS === #

    def _finish(self):
        """Carry the cancellation out: last bill, credit, state, refund. Safe to repeat."""
        self.ensure_one()
        subscription = self.subscription_id
        subscription._lock_for_settlement()
        self.invalidate_recordset(["state"])
        if self.state != "requested":
            return
        date = self.effective_date
        subscription._isp_make_due_change(date)
        subscription._isp_note_days_off(date)
        self._store_lines(subscription._isp_quote_cancellation(date))
        subscription._isp_bill_used_days(date)
        self.credit_move_ids |= self._credit_unused_days(date)
        self._end_pauses(date)
        self.write({"state": "done", "closed_at": fields.Datetime.now(), "error": False})
        subscription._isp_close(self.env._("Cancelled, folio %s", self.name))
        self._open_refund()
        self._notify("done")

    def _credit_unused_days(self, date):
        """Credit the days after the end; the credit settles this service's own debt first."""
        self.ensure_one()
        subscription = self.subscription_id
        reason = self.env._("Cancellation %s", self.name)
        start, end = subscription._isp_unused_range(date)
        held = subscription.with_context(isp_hold_credit=True)
        notes = (
            held._isp_credit_days(start, end, reason) if start < end else held.env["account.move"]
        )
        subscription._allocate_credit(subscription._isp_open_moves())
        subscription._apply_credit()
        subscription._isp_invalidate_balances()
        return notes.with_env(self.env)

    def _end_pauses(self, date):
        """A pause never outlives its service."""
        self.ensure_one()
        text = self.env._("Cancelled, folio %s", self.name)
        for pause in self.subscription_id.pause_ids:
            if pause.state == "planned" or (pause.state == "running" and pause.date_from >= date):
                pause._period_rows()._isp_free_off_days(date)
                pause.write({"state": "cancelled", "note": text})
            elif pause.state == "running":
                if pause.date_to > date:
                    pause._free_days(date)
                pause.write({"state": "done", "note": text})

    # === CRON === #

    @api.model
    def _cron_cancellations(self):
        """Daily: end the services whose day has come, each in its own transaction."""
        self.env["isp.subscription"]._isp_run_companies(self, "_run_cancellations")

    @api.model
    def _run_cancellations(self, today, company):
        """Carry out the cancellations of ``company`` due on ``today``.

        :return: figures ``done`` and ``failed``; empty when the time of the cron was used up
        """
        figures = {"done": 0, "failed": 0}
        due = self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "requested")
            & Domain("effective_date", "<=", today),
            order="effective_date, id",
        )
        for cancellation in due:
            figures["done" if cancellation._finish_safely() else "failed"] += 1
            if not self.env["ir.cron"]._commit_progress(1):
                return {}
        _logger.info("Cancellations of %s on %s: %s", company.name, today, figures)
        return figures

    def _finish_safely(self):
        """Finish in a savepoint; an error is noted on the folio and stops nobody else."""
        self.ensure_one()
        error, _result = attempt(self.env, self._finish)
        if error:
            self.error = reason_of(error)
            _logger.info("Cancellation %s: %s", self.name, self.error)
        return not error
