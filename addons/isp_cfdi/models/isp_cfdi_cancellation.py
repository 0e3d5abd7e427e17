import uuid
from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown

from ..const import (
    BATCH,
    CANCEL_ACCEPTED,
    CANCEL_ERRORS,
    CANCEL_REFUSED,
    CANCEL_RETRY,
    MOTIVES,
)
from ..services import sat_status
from ..services.cancelation import CancelRequest, sign_cancelation
from ..services.errors import CfdiError
from ..services.pac.base import CancelAnswer, PacAuth, PacError, PacReject, PacTransient
from ..services.postal import local_fecha


class IspCfdiCancellation(models.Model):
    """One request to cancel a document.  It proves the request; only SAT's status proves more."""

    _name = "isp.cfdi.cancellation"
    _inherit = ["isp.outbox.mixin"]
    _description = "CFDI: cancellation request"
    _order = "id desc"
    _rec_name = "document_id"

    document_id = fields.Many2one(
        "isp.cfdi.document", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="document_id.company_id", store=True)
    motive = fields.Selection(MOTIVES, required=True, readonly=True)
    code = fields.Char(string="SAT code", readonly=True)
    request_attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="restrict")
    acuse_attachment_id = fields.Many2one(
        "ir.attachment", string="Receipt", readonly=True, ondelete="restrict"
    )

    # === BUSINESS METHODS === #

    @api.model
    def _isp_request(self, document, motive):
        """Sign and store the request of a stamped document; the worker presents it.

        :raise UserError: when the document cannot be cancelled in its present state
        """
        document = document.sudo()
        document.ensure_one()
        if document.state not in ("stamped", "cancel_rejected"):
            raise UserError(self.env._("Only a valid fiscal document can be cancelled."))
        record = self.sudo().create(
            {
                "document_id": document.id,
                "motive": motive,
                "idempotency_key": str(uuid.uuid4()),
            }
        )
        try:
            signed = record._isp_signed_request()
        except CfdiError as error:
            raise UserError(str(error)) from error
        name = f"{document.uuid}_cancelacion.xml"
        record.request_attachment_id = document._isp_store_file(name, signed)
        document.cancel_state = "requested"
        record._outbox_set_ready()
        self.env.ref("isp_cfdi.ir_cron_cancel").sudo()._trigger()
        return record

    def _isp_signed_request(self):
        """Return the signed Cancelacion; Fecha is the issuer's local time."""
        document, company = self.document_id, self.company_id
        now = fields.Datetime.now()
        certificate = self.env["isp.cfdi.certificate"]._isp_for_company(company, now)
        if not certificate:
            raise UserError(self.env._("The company has no valid seal certificate (CSD)."))
        issuer, _problems = company._isp_cfdi_issuer()
        fecha = local_fecha(now.replace(tzinfo=UTC), issuer.zip, company.isp_cfdi_tz or None)
        request = CancelRequest(document.issuer_rfc, document.uuid, self.motive, fecha)
        return sign_cancelation(request, certificate._isp_csd())

    # === OUTBOX === #

    def _outbox_call(self):
        """Present the stored request to the PAC."""
        adapter = self.document_id.pac_id._isp_adapter()
        try:
            return adapter.cancel(self.request_attachment_id.raw)
        except (PacTransient, PacAuth) as error:
            raise OutboxRetry(str(error)) from error
        except PacReject as error:
            raise OutboxReject(error.code, error.text) from error
        except PacError as error:
            raise OutboxUnknown(str(error)) from error

    def _outbox_recover(self):
        """SAT's status tells whether the request arrived; else it is presented again."""
        status = self.document_id._isp_check_sat()
        if status is None:
            raise OutboxUnknown(self.env._("SAT cannot be asked."))
        if status.verdict in (sat_status.CANCELLED, sat_status.IN_PROCESS):
            return CancelAnswer({self.document_id.uuid: "201"}, b"", b"")
        return None

    def _outbox_finish(self, answer):
        """Extend the mixin: keep the raw answer first, then judge SAT's code."""
        if answer is None:
            return super()._outbox_finish(answer)
        if answer.raw:
            self.document_id._isp_keep_answer(answer.raw)
        code = answer.codes.get(self.document_id.uuid) or answer.code
        self.code = code
        if code in CANCEL_ACCEPTED:
            return super()._outbox_finish(answer)
        if code in CANCEL_RETRY:
            return self._outbox_note("ready", answer.text or self.env._("SAT asks to wait."), code)
        if code in CANCEL_REFUSED:
            self.document_id.cancel_state = "rejected"
            return self._outbox_note("error", self.env._("Live documents refer to it."), code)
        if code in CANCEL_ERRORS:
            self.document_id.cancel_state = "none"
            return self._outbox_note("error", answer.text or code, code)
        # An unknown or empty code never means cancelled: SAT's status decides.
        return self._outbox_note("unknown", self.env._("Unknown answer: %s", code or "-"), code)

    def _outbox_store(self, answer):
        """The request was received; whether SAT cancels is asked afterwards."""
        document = self.document_id
        if answer.acuse:
            self.acuse_attachment_id = document._isp_store_file(
                f"{document.uuid}_acuse.xml", answer.acuse
            )
        document.write({"cancel_state": "in_process", "sat_next_check_at": fields.Datetime.now()})
        self.env.ref("isp_cfdi.ir_cron_sat_status").sudo()._trigger()

    def _outbox_note(self, state, error, code=False):
        """Extend the mixin: a refusal goes to somebody."""
        super()._outbox_note(state, error, code)
        if state == "error":
            document = self.document_id
            if document.cancel_state == "requested":
                document.cancel_state = "none"
            document._isp_activity(self.env._("The cancellation was refused"), f"{code}: {error}")

    @api.model
    def _cron_cancel(self):
        """Present what is due."""
        handled = self._outbox_process(limit=BATCH)
        remaining = self.search_count(self._outbox_due_domain(), limit=BATCH)
        self.env["ir.cron"]._commit_progress(handled, remaining=remaining if handled else 0)
