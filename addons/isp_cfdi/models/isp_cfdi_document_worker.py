import logging
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.exceptions import OutboxRetry

from ..const import BATCH
from ..services.pac.errors import PacAuth, PacTransient

_logger = logging.getLogger(__name__)
SECONDS = 45


class IspCfdiDocument(models.Model):
    """The worker: this thread alone talks to the database, some others wait for the PAC."""

    _inherit = "isp.cfdi.document"

    # === ACTION METHODS === #

    def action_retry(self):
        """Try now what waits for its turn."""
        self.check_access("write")
        waiting = self.sudo().filtered(lambda doc: doc.outbox_state in ("ready", "unknown"))
        waiting.next_attempt_at = fields.Datetime.now()
        self._isp_trigger()

    def action_confirm_no_stamp(self):
        """The PAC has told a person that it holds no stamp: the bytes may be sent again.

        :raise UserError: when the outcome is not unknown
        """
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("isp_subscription.group_isp_manager"):
            raise UserError(self.env._("Only a manager may confirm what the PAC said."))
        document = self.sudo().try_lock_for_update()
        document.invalidate_recordset()
        if document.outbox_state != "unknown":
            raise UserError(self.env._("Only a CFDI whose outcome is unknown needs this."))
        if document.write_date > fields.Datetime.now() - self._outbox_lease:
            raise UserError(self.env._("The PAC is being asked now: try again in five minutes."))
        text = self.env._("%s confirms that the PAC holds no stamp.", self.env.user.name)
        document.message_post(body=text)
        document._isp_clear_problems()
        if document._isp_is_stale():
            document.outbox_state = "error"
            document._isp_build()
        else:
            document.write({"outbox_state": "ready", "next_attempt_at": fields.Datetime.now()})
        self._isp_trigger()

    # === BUSINESS METHODS === #

    @api.model
    def _isp_trigger(self, at=None):
        """Wake the worker now, or at a moment (UTC)."""
        self.env.ref("isp_cfdi.ir_cron_stamp").sudo()._trigger(at=at)

    @api.model
    def _isp_stamp_batch(self, limit=BATCH, deadline=None):
        """Stamp due documents, several calls at a time, each document in its own transactions.

        :param int limit: most documents of this call
        :param float deadline: `time.monotonic` moment after which no new document is begun
        :return: (number of documents handled, ids of the accounts that could not be used)
        """
        due = iter(self.search(self._outbox_due_domain(), order="next_attempt_at, id", limit=limit))
        lanes = self.env["res.company"]._isp_cfdi_largest("isp_cfdi_lanes")
        running, handled, refused = {}, 0, set()
        with ThreadPoolExecutor(max_workers=lanes) as pool:
            while True:
                while len(running) < lanes and (deadline is None or time.monotonic() < deadline):
                    document = next(due, None)
                    if document is None:
                        break
                    handled += document._isp_start(pool, running, refused)
                if not running:
                    return handled, refused
                done, _waiting = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    running.pop(future)._isp_end(future.result(), refused)

    def _isp_start(self, pool, running, refused):
        """Commit that the document is under way and hand its call to the pool.

        :param set refused: accounts that did not answer in this batch: they are left alone
        :return: whether the document was due
        """
        try:
            if self.pac_id.id in refused:
                return False
            document = self._outbox_begin()
            if not document:
                return False
            interrupted = document.outbox_state == "unknown"
            try:
                call = document._isp_call(interrupted)
            except OutboxRetry as error:
                document._outbox_note("unknown" if interrupted else "ready", error)
                document._outbox_commit()
            else:
                running[pool.submit(call.run)] = document
            return True
        except psycopg2.Error:
            self._isp_give_up()
            return False

    def _isp_end(self, reply, refused):
        """Write down what came of the call; a document that cannot be written is asked about."""
        try:
            if isinstance(reply.error, PacTransient | PacAuth):
                refused.add(self.pac_id.id)
            interrupted = self.outbox_state == "unknown"
            self._outbox_settle(interrupted, lambda: self._isp_heard(reply))
            self._outbox_commit()
        except psycopg2.Error:
            self._isp_give_up()

    def _isp_give_up(self):
        """Another transaction was faster: what is under way is recovered after its lease."""
        _logger.warning("CFDI %s is left for the next run", self.id, exc_info=True)
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    # === BUSINESS METHODS: ALERTS === #

    def _isp_alert_old(self):
        """Tell somebody when a document waits too long for its stamp: a day, then before the limit.

        Each alert is an activity of its own, so that the second one is not overlooked.
        """
        company = self.company_id
        waited = fields.Datetime.now() - self.issued_at
        left = company.isp_cfdi_max_age_hours - int(waited.total_seconds() // 3600)
        alerts = (
            (company.isp_cfdi_alert_hours, self.env._("The CFDI has no stamp yet")),
            (
                company.isp_cfdi_alarm_hours,
                self.env._("The CFDI is about to expire without a stamp"),
            ),
        )
        kind = "isp_cfdi.mail_activity_cfdi_waiting"
        for hours, summary in alerts:
            known = self.activity_ids.filtered(lambda act, text=summary: act.summary == text)
            if waited < timedelta(hours=hours) or known:
                continue
            note = self.env._(
                "It waits since %(hours)s hours; %(left)s are left. The PAC says: %(error)s",
                hours=int(waited.total_seconds() // 3600),
                left=max(left, 0),
                error=self.last_error or "-",
            )
            self._isp_schedule(kind, summary, note)

    # === CRON === #

    @api.model
    def _cron_stamp(self):
        """Stamp what is due, in its own transactions; come back when the next one is due."""
        handled, refused = self._isp_stamp_batch(deadline=time.monotonic() + SECONDS)
        remaining = self.search_count(self._outbox_due_domain(), limit=BATCH)
        # Where an account cannot be used, the others behind it need not be tried at once.
        going_on = remaining if handled and not refused else 0
        self.env["ir.cron"]._commit_progress(handled, remaining=going_on)
        if refused and remaining:
            self._isp_trigger(at=fields.Datetime.now() + timedelta(minutes=1))
        waiting = self.search(
            [
                ("outbox_state", "in", ("ready", "sent", "unknown")),
                ("next_attempt_at", "!=", False),
            ],
            order="next_attempt_at",
            limit=1,
        )
        if waiting and not remaining:
            self._isp_trigger(at=waiting.next_attempt_at)
