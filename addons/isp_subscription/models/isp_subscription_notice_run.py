import logging
import time

from odoo import api, models
from odoo.tools import SQL

from ..const import BATCH_SIZE
from ..isolation import attempt, reason_of
from .isp_notice import DEBT_KINDS

_logger = logging.getLogger(__name__)


class IspSubscription(models.Model):
    """The sender of notices: apart from billing, so that no mail ever touches a posting."""

    _inherit = "isp.subscription"

    # === CRON === #

    @api.model
    def _cron_notices(self):
        """Make the notices due today of every company whose runs may start."""
        subscriptions = self.with_context(isp_auto_run=True)
        subscriptions._isp_run_companies(subscriptions, "_run_notices")

    # === BUSINESS METHODS === #

    @api.model
    def _run_notices(self, date, company):
        """Make the notices of ``company`` due on ``date``, in chunks with a commit each.

        Safe to repeat and to interrupt: what was made is not due any more.

        :return: the figures of the run, empty when the time of the cron was used up
        """
        figures = {"queued": 0, "undelivered": 0, "skipped": 0, "failed": 0}
        specs = self._isp_notice_plan(date, company)
        run = self.env["isp.run"]._isp_start(company, "notice", date) if specs else None
        self.env["ir.cron"]._commit_progress(0)
        work = self.with_context(isp_run_id=run.id if run else False)
        for index in range(0, len(specs), BATCH_SIZE):
            started = time.monotonic()
            chunk = work._isp_claim_specs(specs[index : index + BATCH_SIZE])
            done = work._notify_chunk(work._isp_still_due(chunk, date))
            for name, value in done.items():
                figures[name] += value
            run._isp_add(
                time.monotonic() - started,
                warned=done["queued"] + done["undelivered"],
                failed=done["failed"],
            )
            left = max(len(specs) - index - BATCH_SIZE, 0)
            if not self.env["ir.cron"]._commit_progress(BATCH_SIZE, remaining=left):
                run._isp_close("interrupted")
                return {}
        self._isp_stamp_statements(date, company)
        if run:
            run._isp_close("done")
            _logger.info("Notices of %s on %s: %s", company.name, date, figures)
        self.env["ir.cron"]._commit_progress(0, remaining=0)
        return figures

    @api.model
    def _isp_claim_specs(self, specs):
        """Return ``specs`` without those that another run is making or has made meanwhile.

        First statement of its transaction: who gets the lock also sees what others committed.
        """
        wanted = self.browse({spec["subscription_id"] for spec in specs})
        mine = set(wanted.try_lock_for_update(allow_referencing=True).ids)
        made = {
            (notice.subscription_id.id, notice.kind, notice.key)
            for notice in self.env["isp.notice"].search(
                [
                    ("subscription_id", "in", list(mine)),
                    ("kind", "in", list({spec["kind"] for spec in specs})),
                    ("key", "in", list({spec["key"] for spec in specs})),
                ]
            )
        }
        return [
            spec
            for spec in specs
            if spec["subscription_id"] in mine
            and (spec["subscription_id"], spec["kind"], spec["key"]) not in made
        ]

    @api.model
    def _isp_still_due(self, specs, date):
        """Return ``specs`` without those about a debt that was paid since they were planned."""
        debts = [spec for spec in specs if spec["kind"] in DEBT_KINDS]
        services = self.browse(spec["subscription_id"] for spec in debts)
        found = services._isp_situation(date)
        owing = {sub_id for sub_id, situation in found.items() if situation.balance > 0}
        return [
            spec
            for spec in specs
            if spec["kind"] not in DEBT_KINDS or spec["subscription_id"] in owing
        ]

    @api.model
    def _notify_chunk(self, specs):
        """Make the notices of ``specs`` in one savepoint; when it fails, halve down to the culprit.

        :return: how many were queued, to deliver by hand, skipped and failed
        """
        done = {"queued": 0, "undelivered": 0, "skipped": 0, "failed": 0}
        if not specs:
            return done
        error, notices = attempt(self.env, self._isp_make_notices, specs)
        if not error:
            for notice in notices:
                done[notice.state] += 1
            return done
        if len(specs) == 1:
            self._note_notice_error(specs[0], error)
            return {**done, "failed": 1}
        half = len(specs) // 2
        first, second = self._notify_chunk(specs[:half]), self._notify_chunk(specs[half:])
        return {name: first[name] + second[name] for name in first}

    @api.model
    def _note_notice_error(self, spec, error):
        """Record a notice whose mail could not be written, for the staff to deliver by hand."""
        text = reason_of(error)
        _logger.info("Notice to service %s failed: %s", spec["subscription_id"], text)
        row = {**spec, "state": "failed", "reason": text}
        unwritten, _notices = attempt(self.env, self._isp_make_notices, [row])
        if unwritten:  # made by another process meanwhile: nothing to record
            _logger.info("The notice of service %s exists already", spec["subscription_id"])

    @api.model
    def _isp_stamp_statements(self, date, company):
        """Note on the ledger that the statements of its invoices were dealt with."""
        needs_notice = SQL(
            """
            AND EXISTS (SELECT 1 FROM isp_notice notice
                         WHERE notice.subscription_id = period.subscription_id
                           AND notice.kind = 'invoice'
                           AND notice.key = period.move_id::varchar)
            """
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE isp_subscription_period SET notice_date = %s
                 WHERE id IN (
                     SELECT period.id FROM isp_subscription_period period
                      WHERE period.company_id = %s AND period.notice_date IS NULL
                        AND period.move_id IS NOT NULL
                        AND (period.state = 'void' OR (period.state IN ('billed', 'paid') %s))
                        FOR NO KEY UPDATE SKIP LOCKED)
                """,
                date,
                company.id,
                needs_notice if company.isp_notify_invoice else SQL(),
            )
        )
        self.env["isp.subscription.period"].invalidate_model(["notice_date"])
