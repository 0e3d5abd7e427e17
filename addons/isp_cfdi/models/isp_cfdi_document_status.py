import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg2

from odoo import api, fields, models

from ..services import sat_status
from ..services.errors import CfdiError
from ..services.pac.errors import PacError
from ..services.qr import qr_expression

_logger = logging.getLogger(__name__)
LIVE_STATES = ("stamped", "cancel_requested", "cancel_in_process", "cancel_rejected")
ASKED = ("requested", "in_process")
#: Questions to SAT at the same time, and documents between two commits of the job's progress.
SAT_LANES = 4
UNREACHABLE = timedelta(hours=1)


class IspCfdiDocument(models.Model):
    """What SAT says about stamped documents."""

    _inherit = "isp.cfdi.document"

    # === ACTION METHODS === #

    def action_check_sat(self):
        """Ask SAT for the state now."""
        self.check_access("write")
        for document in self.sudo().filtered("uuid"):
            document._isp_check_sat()

    def action_cancel(self):
        """Open the wizard that asks for the motive."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("isp_cfdi.isp_cfdi_cancel_action")
        return {**action, "context": {"default_document_id": self.id}}

    # === BUSINESS METHODS: STATUS === #

    def _isp_check_sat(self):
        """Ask SAT and write its answer; an unreachable SAT changes nothing.

        :return: the ``SatStatus``, or None when SAT could not be asked
        """
        self.ensure_one()
        status = sat_status.ask_quietly(*self._isp_question())
        self._isp_apply_answer(status)
        return status

    def _isp_question(self):
        """Return what SAT is asked, and where: (expression, address)."""
        self.ensure_one()
        return qr_expression(self._isp_xml()), self.sudo().pac_id._isp_sat_url()

    def _isp_apply_answer(self, status):
        """Write what SAT said; None when it could not be asked."""
        if status is None:
            self.sat_next_check_at = fields.Datetime.now() + UNREACHABLE
        else:
            speaking = self.with_context(lang=self.company_id._isp_lang())
            speaking._isp_apply_status(status)

    def _isp_apply_status(self, status):
        """Write the answer; only SAT's own word makes a document cancelled."""
        now = fields.Datetime.now()
        request = self.cancellation_ids[:1]
        values = {}
        if status.found:
            words = " · ".join(part for part in (status.state, status.cancellation) if part)
            values.update(sat_state=words, sat_checked_at=now)
        verdict = self._isp_verdict(status, request)
        if verdict:
            values["cancel_state"] = verdict
        fresh = verdict != self.cancel_state and verdict
        self.write(values)
        self.sat_next_check_at = self._isp_next_check(bool(request.presented_at))
        if fresh == "cancelled":
            self._isp_on_cancelled()
        elif fresh == "rejected":
            self._isp_on_refused(status)
        elif status.verdict == sat_status.NOT_REGISTERED:
            self._isp_retry_unregistered(request)

    def _isp_verdict(self, status, request):
        """Return the state of the cancellation that follows from SAT's words, None to keep it."""
        if status.verdict == sat_status.CANCELLED:
            return "cancelled"
        if self.cancel_state not in ASKED:
            return None
        if status.verdict == sat_status.IN_PROCESS:
            return "in_process"
        refused = status.verdict == sat_status.REJECTED and request._isp_is_refused(status)
        if refused and request.presented_at:
            return "rejected"
        return None

    def _isp_retry_unregistered(self, request):
        """SAT took the request a day ago and does not know it: present it again."""
        hours = self.company_id.isp_cfdi_unregistered_hours
        if self.cancel_state != "in_process" or not request.presented_at:
            return
        if fields.Datetime.now() - request.presented_at > timedelta(hours=hours):
            request._isp_present_again()

    def _isp_on_refused(self, status):
        """The document stays valid: somebody has to talk to the recipient."""
        text = status.cancellation or status.cancellable
        self._isp_activity(self.env._("The cancellation was refused"), text)

    def _isp_on_cancelled(self):
        """Hook: SAT has just confirmed the cancellation; what hangs on the document follows."""
        self.message_post(body=self.env._("SAT confirmed the cancellation."))

    def _isp_next_check(self, asked=True):
        """Return when SAT is asked again (UTC), False when its answer is final."""
        now = fields.Datetime.now()
        if self.cancel_state == "cancelled":
            return False
        if self.cancel_state in ASKED:
            request = self.cancellation_ids[:1]
            age = now - (request.presented_at or request.create_date or now)
            return now + self.company_id._isp_cfdi_poll_plan().wait(age, asked)
        return now + timedelta(days=self.company_id.isp_cfdi_sweep_days)

    def _isp_plan_first_poll(self):
        """SAT has taken a request: ask after the first waiting time."""
        at = self._isp_next_check(asked=False)
        self.sat_next_check_at = at
        if at:
            self.env.ref("isp_cfdi.ir_cron_sat_status").sudo()._trigger(at=at)

    # === CRON === #

    @api.model
    def _cron_sat_status(self):
        """Ask SAT about the documents whose turn has come, each in its own transaction.

        No row is locked while SAT thinks; what changed meanwhile is asked about again.
        """
        domain = [
            ("state", "in", LIVE_STATES),
            ("sat_next_check_at", "<=", fields.Datetime.now()),
        ]
        limit = self.env["res.company"]._isp_cfdi_largest("isp_cfdi_sweep_batch")
        due = self.search(domain, order="sat_next_check_at, id", limit=limit)
        left = self.search_count(domain)
        for place in range(0, len(due), SAT_LANES):
            part = due[place : place + SAT_LANES]
            part._isp_ask_together()
            left = max(left - len(part), 0)
            if not self.env["ir.cron"]._commit_progress(len(part), remaining=left):
                break

    def _isp_ask_together(self):
        """Ask SAT about some documents at the same time, and write each answer by itself."""
        questions = []
        for document in self:
            try:
                questions.append((document, document._isp_question()))
            except (CfdiError, PacError) as error:
                _logger.warning("SAT status of %s: %s", document.uuid, error)
                document._isp_apply_answer(None)
        with ThreadPoolExecutor(max_workers=SAT_LANES) as pool:
            answers = list(pool.map(lambda row: sat_status.ask_quietly(*row[1]), questions))
        self._outbox_commit()
        for (document, _question), answer in zip(questions, answers, strict=True):
            try:
                document._isp_take_answer(answer)
            except psycopg2.Error:
                document._isp_give_up()

    def _isp_take_answer(self, answer):
        """Write an answer in a transaction of its own, unless somebody works on the document."""
        document = self.try_lock_for_update()
        document.invalidate_recordset()
        if document.exists() and document.state in LIVE_STATES:
            document._isp_apply_answer(answer)
        self._outbox_commit()
