import logging

from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools.misc import split_every

from ..const import BATCH_SIZE
from ..isolation import attempt
from ..services.cut_rules import CUT, GRACE, WAIT
from .isp_subscription_run import MOST_TRIES, RETRY_CODES

_logger = logging.getLogger(__name__)


class IspSubscription(models.Model):
    """The cut-off run: who must be looked at is asked in SQL, each cut is decided anew."""

    _inherit = "isp.subscription"

    # === CRON === #

    @api.model
    def _cron_cutoff(self):
        """Daily: put overdue services in grace and cut those that may be cut."""
        self._isp_run_companies(self, "_run_cutoff")

    # === BUSINESS METHODS === #

    @api.model
    def _run_cutoff(self, date, company):
        """Put in grace and cut who must be on ``date``; the others are not even read.

        Two processes at once share the work: each chunk locks its rows, skips what the other
        one holds and decides on figures read after the lock. Safe to repeat and to interrupt.

        :return: the figures of the run, empty when the time of the cron was used up
        """
        self._isp_prepare_cutoff(date, company)
        verdicts = self._isp_cut_verdicts(date, company)
        todo = self._isp_cutoff_todo(verdicts)
        figures = {"reviewed": len(verdicts), "grace": 0, "suspended": 0, "failed": 0}
        left = len(todo)
        if not self.env["ir.cron"]._commit_progress(0, remaining=left):
            return {}
        for ids in split_every(BATCH_SIZE, todo):
            outcomes = self._isp_cutoff_chunk(ids, date)
            for outcome in outcomes.values():
                if outcome:
                    figures[outcome] += 1
            left -= len(ids)
            if not self.env["ir.cron"]._commit_progress(len(ids), remaining=left):
                return {}
        _logger.info("Cut-off run of %s on %s: %s", company.name, date, figures)
        return figures

    @api.model
    def _isp_prepare_cutoff(self, date, company):
        """Load the holidays and close lapsed promises; begin again where another run was faster."""
        for turn in range(1, MOST_TRIES + 1):
            try:
                company._isp_fill_holidays()
                self.env["isp.promise"]._isp_close_lapsed(company, date)
                self.env.flush_all()
                self.env["ir.cron"]._commit_progress(0)
            except OperationalError as error:
                if error.pgcode not in RETRY_CODES or turn == MOST_TRIES:
                    raise
                self.env.cr.rollback()
            else:
                return

    @api.model
    def _isp_cutoff_todo(self, verdicts):
        """Return the ids, in order, for which a run has something to do."""
        states = dict(
            self.env.execute_query(self._search([("id", "in", [*verdicts])]).select("id", "state"))
        )
        return sorted(
            sub_id
            for sub_id, (verdict, reason) in verdicts.items()
            if verdict == CUT
            or (verdict in (GRACE, WAIT) and states.get(sub_id) == "active")
            or reason == "credit"
        )

    @api.model
    def _isp_cutoff_chunk(self, ids, date):
        """Review a chunk in a transaction of its own, whose first statement locks the rows.

        The lock comes first so that all that is read afterwards is not older than the lock: a
        payment that came in before is seen, one that comes in later waits for us.

        :return: ``{id: outcome}`` of `_review_cutoff` of the rows that could be locked
        """
        self.env.invalidate_all()
        chunk = self.browse(ids).try_lock_for_update()
        outcomes = {sub.id: sub._review_cutoff_safely(date) for sub in chunk}
        self._isp_after_cutoff_chunk(outcomes, date)
        return outcomes

    @api.model
    def _isp_after_cutoff_chunk(self, outcomes, date):
        """Hook: a chunk was reviewed and is about to be committed."""

    def _review_cutoff_safely(self, date):
        """Review one service in a savepoint; an error is logged on it and stops nobody else."""
        self.ensure_one()
        error, outcome = attempt(self.env, self._review_cutoff, date)
        if error:
            self._note_billing_error(date, error)
            return "failed"
        return outcome

    def _review_cutoff(self, date):
        """Decide for one service on ``date``: nothing ("" ), "grace" or "suspended"."""
        self.ensure_one()
        self._apply_credit()
        verdict = self._isp_cut_verdict(date).verdict
        if verdict == CUT:
            self._suspend("debt")
            return "suspended"
        if verdict in (GRACE, WAIT) and self.state == "active":
            overdue = self._isp_overdue_amount(date)
            self._set_state("grace", self.env._("Overdue: %s", self.currency_id.format(overdue)))
            return "grace"
        return ""
