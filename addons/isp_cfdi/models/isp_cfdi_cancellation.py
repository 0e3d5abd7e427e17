import uuid
from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import MOTIVES
from ..services.cancelation import CancelRequest, sign_cancelation
from ..services.errors import CfdiError
from ..services.postal import local_fecha

SUBSTITUTE = "01"
REFUSED, WITHDRAWN = "REFUSED", "WITHDRAWN"


class IspCfdiCancellation(models.Model):
    """One request to cancel a document.  It proves the request; only SAT's status proves more.

    As a draft it waits for the stamp of the substitute.
    """

    _name = "isp.cfdi.cancellation"
    _inherit = ["isp.outbox.mixin"]
    _description = "CFDI: cancellation request"
    _order = "id desc"
    _rec_name = "document_id"

    _outbox_lease = timedelta(minutes=5)

    document_id = fields.Many2one(
        "isp.cfdi.document", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="document_id.company_id", store=True)
    motive = fields.Selection(MOTIVES, required=True, readonly=True)
    substitute_id = fields.Many2one(
        "isp.cfdi.document", readonly=True, index=True, ondelete="restrict"
    )
    reverse_move = fields.Boolean(
        string="Undo the invoice",
        readonly=True,
        help="When SAT has cancelled the document, its invoice is cancelled too.",
    )
    code = fields.Char(string="SAT code", readonly=True)
    signed_at = fields.Datetime(readonly=True)
    presented_at = fields.Datetime(string="Taken by SAT on", readonly=True)
    request_attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="restrict")
    acuse_attachment_id = fields.Many2one(
        "ir.attachment", string="Receipt", readonly=True, ondelete="restrict"
    )

    _open_uniq = models.UniqueIndex(
        "(document_id) WHERE outbox_state IN ('draft', 'ready', 'sent', 'unknown')",
        "The cancellation of this document is already under way.",
    )
    _substitute_fits = models.Constraint(
        "CHECK(CASE WHEN motive = '01' THEN substitute_id IS NOT NULL OR outbox_state = 'error'"
        " ELSE substitute_id IS NULL END)",
        "Motive 01, and no other, names a substitute.",
    )

    # === ACTION METHODS === #

    def action_withdraw(self):
        """Give up a request that still waits for its substitute."""
        self.ensure_one()
        self.document_id.check_access("write")
        request = self.sudo()
        if request.outbox_state != "draft":
            raise UserError(self.env._("SAT has the request already: it cannot be withdrawn."))
        request._isp_withdraw(self.env._("Withdrawn by %s", self.env.user.name))

    # === BUSINESS METHODS === #

    def _isp_withdraw(self, text):
        """Give up a request that waits for its substitute, which goes too if it was never sent."""
        self._outbox_note("error", text, WITHDRAWN)
        self.substitute_id = False
        self.flush_recordset()
        self.document_id._isp_drop_substitute()

    @api.model
    def _isp_request(self, document, motive, reverse=False):
        """Sign and store the request of a stamped document; the worker presents it.

        With motive 01 a substitute is issued first, and the request waits for its stamp.

        :param bool reverse: undo the invoice when SAT has cancelled the document
        :raise UserError: when the document cannot be cancelled in its present state
        """
        document = document.sudo()
        document.ensure_one()
        if not document.try_lock_for_update():
            raise UserError(self.env._("This CFDI is being worked on: try again in a minute."))
        document.invalidate_recordset()
        if document.state not in ("stamped", "cancel_rejected"):
            raise UserError(self.env._("Only a valid fiscal document can be cancelled."))
        substitute = document._isp_substitute() if motive == SUBSTITUTE else document.browse()
        self.flush_model(["outbox_state"])  # an insert does not wait for the updates before it
        record = self.sudo().create(
            {
                "document_id": document.id,
                "motive": motive,
                "substitute_id": substitute.id,
                "reverse_move": reverse and motive != SUBSTITUTE and document._isp_is_of_move(),
                "idempotency_key": str(uuid.uuid4()),
            }
        )
        document.cancel_state = "requested"
        if not substitute or substitute.uuid:
            record._isp_order()
        return record

    def _isp_order(self):
        """Sign the request and let the worker present it.

        :raise UserError: when it cannot be signed
        """
        for record in self:
            try:
                record._isp_sign()
            except CfdiError as error:
                raise UserError(str(error)) from error
            record._outbox_set_ready()
        self.env.ref("isp_cfdi.ir_cron_cancel").sudo()._trigger()

    def _isp_sign(self):
        """Store the exact bytes of the request; earlier ones stay beside the document."""
        document = self.document_id
        attachment = document._isp_store_file(
            f"{document.uuid}_cancelacion.xml", self._isp_signed_request()
        )
        self.write({"request_attachment_id": attachment.id, "signed_at": fields.Datetime.now()})

    def _isp_signed_request(self):
        """Return the signed Cancelacion; Fecha is the issuer's local time."""
        document, company = self.document_id, self.company_id
        now = fields.Datetime.now()
        certificate = self.env["isp.cfdi.certificate"]._isp_for_company(company, now)
        if not certificate:
            raise UserError(self.env._("The company has no valid seal certificate (CSD)."))
        issuer, _problems = company._isp_cfdi_issuer()
        fecha = local_fecha(now.replace(tzinfo=UTC), issuer.zip, company.isp_cfdi_tz or None)
        request = CancelRequest(
            document.issuer_rfc, document.uuid, self.motive, fecha, self.substitute_id.uuid or ""
        )
        return sign_cancelation(request, certificate._isp_csd())

    def _isp_is_refused(self, status):
        """Return whether SAT's words refuse this request.

        The substitute of motive 01 refers to the document, which is not cancellable therefore
        until the request that names the substitute is through.
        """
        return status.cancellation == "Solicitud rechazada" or self.motive != SUBSTITUTE

    def _isp_present_again(self):
        """SAT never registered the request that it took: present it once more."""
        self.write({"outbox_state": "ready", "next_attempt_at": fields.Datetime.now()})
        self.document_id.cancel_state = "requested"
        self.env.ref("isp_cfdi.ir_cron_cancel").sudo()._trigger()
