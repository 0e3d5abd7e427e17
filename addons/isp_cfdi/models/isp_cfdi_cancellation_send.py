import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown

from ..const import (
    BATCH,
    CANCEL_ACCEPTED,
    CANCEL_ERRORS,
    CANCEL_LATER,
    CANCEL_REFUSED,
    CANCEL_RETRY,
)
from ..services import sat_status
from ..services.errors import CfdiError
from ..services.pac.base import CancelAnswer
from ..services.pac.errors import PacAuth, PacError, PacReject, PacTransient
from .isp_cfdi_cancellation import REFUSED

_logger = logging.getLogger(__name__)
#: A request is signed anew before it is presented when its Fecha is older.
SIGNED_FOR = timedelta(hours=1)


class IspCfdiCancellation(models.Model):
    """Presenting a request, and what each answer means."""

    _inherit = "isp.cfdi.cancellation"

    # === OUTBOX === #

    def _outbox_prepare(self, interrupted):
        """Extend: SAT takes no old dates, so a request that waited is signed anew."""
        if interrupted or fields.Datetime.now() - self.signed_at < SIGNED_FOR:
            return
        try:
            self._isp_sign()
        except (CfdiError, UserError) as error:
            # The stored request goes out; SAT says what is wrong with the certificate.
            _logger.warning("CFDI cancellation %s is not signed anew: %s", self.id, error)

    def _outbox_call(self):
        """Extend: present the stored request to the PAC."""
        try:
            adapter = self.document_id.pac_id._isp_adapter()
            return adapter.cancel(self.request_attachment_id.raw)
        except (PacTransient, PacAuth) as error:
            raise OutboxRetry(str(error)) from error
        except PacReject as error:
            raise OutboxReject(error.code, error.text) from error
        except PacError as error:
            unknown = OutboxUnknown(str(error))
            unknown.raw = error.raw
            raise unknown from error

    def _outbox_recover(self):
        """Extend: SAT's status tells whether the request arrived; else it is presented again."""
        document = self.document_id
        status = document._isp_check_sat()
        if status is None:
            raise OutboxUnknown(self.env._("SAT cannot be asked."))
        if status.verdict == sat_status.REJECTED and self._isp_is_refused(status):
            document.cancel_state = "rejected"
            raise OutboxReject(REFUSED, status.cancellation or status.cancellable)
        if status.verdict in (sat_status.CANCELLED, sat_status.IN_PROCESS):
            return CancelAnswer({document.uuid: "201"}, self._isp_receipt(), b"")
        return None

    def _isp_receipt(self):
        """Return the receipt that the PAC keeps of a lost answer, empty without one."""
        document = self.document_id
        try:
            return document.pac_id._isp_adapter().receipt(document.issuer_rfc, document.uuid)
        except PacError as error:
            _logger.info("Receipt of %s: %s", document.uuid, error)
            return b""

    def _outbox_keep(self, answer):
        """Extend: the raw answer is safe before anything is read from it."""
        if answer is not None and self.document_id._isp_keep_answer(answer.raw):
            self._outbox_commit()

    def _outbox_finish(self, answer):
        """Extend: judge SAT's code; an unknown or empty one never means cancelled."""
        company = self.company_id
        if answer is None:
            super()._outbox_finish(answer)
            if self.code:  # it was answered, with something that nobody understood
                self._isp_wait(company.isp_cfdi_unregistered_hours)
            return None
        code = answer.codes.get(self.document_id.uuid) or answer.code
        self.code = code
        if code in CANCEL_ACCEPTED:
            return super()._outbox_finish(answer)
        if code in CANCEL_RETRY:
            return self._outbox_note("ready", answer.text or self.env._("SAT asks to wait."), code)
        if code in CANCEL_LATER:
            text = self.env._("SAT has an earlier request and takes another one after some days.")
            self._outbox_note("ready", answer.text or text, code)
            return self._isp_wait(company.isp_cfdi_repeat_hours)
        if code in CANCEL_REFUSED:
            self.document_id.cancel_state = "rejected"
            return self._outbox_note("error", self._isp_text_of_related(), code)
        if code in CANCEL_ERRORS:
            return self._outbox_note("error", self._isp_code_text(code, answer.text), code)
        text = self.env._("SAT answered with an unknown code: %s", code or "-")
        self._outbox_note("unknown", text, code)
        return self.document_id._isp_activity(self.env._("The cancellation is not clear"), text)

    def _isp_wait(self, hours):
        """Do not present the request before ``hours`` have passed."""
        self.next_attempt_at = fields.Datetime.now() + timedelta(hours=hours)

    def _outbox_store(self, answer):
        """Extend: the request was received; whether SAT cancels is asked afterwards."""
        document = self.document_id
        if answer.acuse:
            self.acuse_attachment_id = document._isp_store_file(
                f"{document.uuid}_acuse.xml", answer.acuse
            )
        self.presented_at = fields.Datetime.now()
        if document.cancel_state == "requested":
            document.cancel_state = "in_process"
        document._isp_plan_first_poll()

    def _outbox_note(self, state, error, code=False):
        """Extend: a refusal goes to somebody, and the document is valid again."""
        self.document_id._isp_keep_answer(getattr(error, "raw", b""))
        super()._outbox_note(state, error, code)
        if state == "error":
            document = self.document_id
            if document.cancel_state == "requested":
                document.cancel_state = "none"
            if code != "WITHDRAWN":
                document._isp_activity(
                    self.env._("The cancellation was refused"), f"{code}: {error}"
                )

    def _outbox_next_attempt(self, attempts):
        """Extend: by the company's own waiting times."""
        return self.document_id._outbox_next_attempt(attempts)

    # === HELPERS === #

    def _isp_text_of_related(self):
        """Return the refusal with the documents that we know to refer to this one."""
        names = self.document_id._isp_referring().mapped("name")
        return self.env._(
            "Valid documents refer to it, cancel them first: %s", ", ".join(names) or "-"
        )

    def _isp_code_text(self, code, text):
        """Return what a refusal means and what to do."""
        _ = self.env._
        texts = {
            "203": _("The RFC of the issuer is not the one of the certificate."),
            "207": _("SAT refuses the motive, or does not know the substitute."),
            "208": _("The last day to cancel this document has passed."),
            "304": _("The seal certificate (CSD) is revoked or has expired: upload a new one."),
            "711": _("The seal certificate (CSD) is not accepted: upload a valid one."),
            "799": _("SAT takes no more than five requests for a document."),
        }
        return " ".join(part for part in (texts.get(code), text) if part) or code

    @api.model
    def _cron_cancel(self):
        """Order what waited for its substitute, and present what is due."""
        waiting = self.search([("outbox_state", "=", "draft"), ("substitute_id.uuid", "!=", False)])
        for record in waiting:
            record.document_id._isp_order_waiting(record)
        handled = self._outbox_process(limit=BATCH)
        remaining = self.search_count(self._outbox_due_domain(), limit=BATCH)
        self.env["ir.cron"]._commit_progress(handled, remaining=remaining if handled else 0)
