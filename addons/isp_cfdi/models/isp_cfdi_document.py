from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import CANCEL_STATES, KINDS, STATES
from ..services.xmlio import sha256

# Life of the outbox before there is a UUID.
OUTBOX_TO_STATE = {"draft": "draft", "ready": "ready", "error": "error"}
CANCEL_TO_STATE = {
    "requested": "cancel_requested",
    "in_process": "cancel_in_process",
    "rejected": "cancel_rejected",
    "cancelled": "cancelled",
}


STAMPED_FIELDS = {
    "uuid",
    "stamped_sha256",
    "stamped_attachment_id",
    "sealed_sha256",
    "sealed_attachment_id",
    "issuer_rfc",
    "serie",
    "folio",
    "receiver_rfc",
    "total",
}

SEALED_FIELDS = {"sealed_sha256", "sealed_attachment_id"}

# Beginnings of the names of what chatter and activities write for a user.
TALK = ("activity_", "message_")


class IspCfdiDocument(models.Model):
    """A fiscal document: sealed bytes, their stamp, and what SAT says about them."""

    _name = "isp.cfdi.document"
    _inherit = ["isp.outbox.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "CFDI"
    _order = "issued_at desc, id desc"
    _rec_names_search = ["name", "uuid", "receiver_rfc", "receiver_name"]
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, index="trigram")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, default="I", readonly=True)
    is_global = fields.Boolean(string="Global invoice", readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index=True, ondelete="restrict"
    )
    issuer_rfc = fields.Char(string="Issuer RFC", readonly=True)
    serie = fields.Char(string="Series", readonly=True)
    folio = fields.Char(readonly=True)
    receiver_rfc = fields.Char(string="RFC", readonly=True, index=True)
    receiver_name = fields.Char(string="Recipient", readonly=True)
    # Of different currencies, and those of credit notes: what adds up is ``net_total``.
    total = fields.Monetary(readonly=True, aggregator=None)
    issued_at = fields.Datetime(
        string="Issued on", readonly=True, default=fields.Datetime.now, index=True
    )
    uuid = fields.Char(string="UUID", readonly=True, copy=False)
    stamped_at = fields.Datetime(string="Stamped on", readonly=True, copy=False)
    state = fields.Selection(STATES, compute="_compute_state", store=True, index=True)
    cancel_state = fields.Selection(
        CANCEL_STATES, string="Cancellation", default="none", required=True, readonly=True
    )
    certificate_id = fields.Many2one("isp.cfdi.certificate", readonly=True, ondelete="restrict")
    pac_id = fields.Many2one("isp.cfdi.pac", string="PAC", readonly=True, ondelete="restrict")
    sealed_attachment_id = fields.Many2one(
        "ir.attachment", string="Sealed XML", readonly=True, copy=False, ondelete="restrict"
    )
    sealed_sha256 = fields.Char(string="SHA-256 of the sealed XML", readonly=True, copy=False)
    stamped_attachment_id = fields.Many2one(
        "ir.attachment", string="Stamped XML", readonly=True, copy=False, ondelete="restrict"
    )
    stamped_sha256 = fields.Char(string="SHA-256 of the stamped XML", readonly=True, copy=False)
    sat_state = fields.Char(string="SAT says", readonly=True, copy=False)
    sat_checked_at = fields.Datetime(string="Checked with SAT on", readonly=True, copy=False)
    sat_next_check_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    cancellation_ids = fields.One2many(
        "isp.cfdi.cancellation", "document_id", string="Cancellation requests", readonly=True
    )

    _uuid_uniq = models.Constraint("UNIQUE(uuid)", "A fiscal folio (UUID) exists once.")
    _folio_uniq = models.Constraint(
        "UNIQUE(issuer_rfc, serie, folio)", "The issuer has already used this series and folio."
    )
    _move_live_uniq = models.UniqueIndex(
        "(move_id) WHERE cancel_state != 'cancelled' AND kind = 'I' AND is_replaced IS NOT TRUE",
        "The invoice already has a live fiscal document.",
    )
    # Both ways: what has a UUID is never due again.
    _done_has_uuid = models.Constraint(
        "CHECK((outbox_state = 'done') = (uuid IS NOT NULL))", "A stamped document has a UUID."
    )

    # === COMPUTE METHODS === #

    @api.depends("serie", "folio")
    def _compute_name(self):
        for document in self:
            parts = [part for part in (document.serie, document.folio) if part]
            # Everybody reads the stored name, whoever or whatever job made the document.
            company = document.company_id.with_context(lang=False)
            speaking = self.with_context(lang=company._isp_lang() if company else False)
            document.name = "-".join(parts) or speaking.env._("New")

    @api.depends("outbox_state", "cancel_state")
    def _compute_state(self):
        for document in self:
            if document.outbox_state == "done":
                document.state = CANCEL_TO_STATE.get(document.cancel_state, "stamped")
            else:
                document.state = OUTBOX_TO_STATE.get(document.outbox_state, "sent")

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse documents that no invoice, payment or receipt stands behind."""
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "A CFDI is neither typed in, copied nor imported: it follows from an invoice, "
                    "a credit note or a payment. Use the buttons there."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        """Keep what SAT knows: a UUID never changes, sent bytes are locked for good.

        Users act through the buttons; nobody writes a field of a document directly, they only
        talk about it and plan activities.
        """
        if not self.env.su and not all(name.startswith(TALK) for name in vals):
            raise AccessError(self.env._("The state of a CFDI follows from the PAC and SAT."))
        if STAMPED_FIELDS & set(vals) and any(self.mapped("uuid")):
            raise UserError(self.env._("A stamped fiscal document cannot be changed."))
        # Another seal would be a second fiscal document.
        sealed_anew = SEALED_FIELDS & set(vals) and "uuid" not in vals
        if sealed_anew and {"sent", "unknown"} & set(self.mapped("outbox_state")):
            raise UserError(self.env._("The PAC has not answered yet: the bytes stay."))
        if vals.get("outbox_state") in ("sent", "unknown"):
            sealed = self.sudo().sealed_attachment_id
            sealed.filtered(lambda att: not att.isp_cfdi_locked).isp_cfdi_locked = True
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if any(document.attempts or document.uuid for document in self):
            raise UserError(
                self.env._("A fiscal document that was sent to the PAC cannot be deleted.")
            )

    # === ACTION METHODS === #

    def action_rebuild(self):
        """Build an incomplete or rejected document again with today's data, same folio."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("draft", "error"):
            raise UserError(self.env._("Only an incomplete or rejected document is built again."))
        self.sudo()._isp_build()
        self._isp_trigger()

    def action_download_xml(self):
        """Download the stamped XML, or the sealed one while there is no stamp."""
        self.ensure_one()
        attachment = self.stamped_attachment_id or self.sealed_attachment_id
        if not attachment:
            raise UserError(self.env._("There is no XML yet."))
        url = f"/web/content/{attachment.id}?download=true"
        return {"type": "ir.actions.act_url", "url": url, "target": "download"}

    def action_view_invoice(self):
        """Open the invoice."""
        self.ensure_one()
        return self.move_id._get_records_action()

    # === BUSINESS METHODS === #

    def _isp_xml(self):
        """Return the bytes of the stamped document, or of the sealed one before the stamp.

        :raise UserError: when the stored file is not the one that was stored
        """
        self.ensure_one()
        document = self.sudo()
        stamped = bool(document.stamped_attachment_id)
        attachment = document.stamped_attachment_id or document.sealed_attachment_id
        expected = document.stamped_sha256 if stamped else document.sealed_sha256
        raw = attachment.raw or b""
        if not expected or sha256(raw) != expected:
            raise UserError(self.env._("The XML of %s is missing or damaged.", document.name))
        return raw

    def _isp_store_file(self, name, raw, mimetype="application/xml", locked=True):
        """Keep bytes beside the document, for good when ``locked``; return the attachment."""
        self.ensure_one()
        return (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": name,
                    "raw": raw,
                    "mimetype": mimetype,
                    "res_model": self._name,
                    "res_id": self.id,
                    "isp_cfdi_locked": locked,
                }
            )
        )

    def _isp_file_name(self, extension):
        """Return the name of a download: RFC of the issuer, folio and start of the UUID."""
        self.ensure_one()
        parts = [self.issuer_rfc, self.name, (self.uuid or "")[:8]]
        return f"{'_'.join(part for part in parts if part)}.{extension}"
