import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# What a signature is about; a new version takes a new file.
SIGNED_FIELDS = {"file", "partner_id", "signed_on", "subscription_id"}
COMPUTED_FIELDS = {"commercial_partner_id", "file_size", "sha256", "version"}


class IspDocument(models.Model):
    _name = "isp.document"
    _description = "Customer document"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _rec_name = "title"
    _rec_names_search = ["title", "description"]

    title = fields.Char(required=True, tracking=True)
    description = fields.Char()
    document_type = fields.Selection(
        [
            ("contract", "Contract"),
            ("cover", "Contract cover"),
            ("rights", "Minimum rights letter"),
            ("privacy", "Privacy notice"),
            ("identification", "Identification"),
            ("other", "Other"),
        ],
        string="Type",
        default="contract",
        required=True,
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    visible = fields.Boolean(
        string="Visible in the portal", tracking=True, help="The customer can download it."
    )
    file = fields.Binary(attachment=True, required=True)
    attachment_id = fields.Many2one("ir.attachment", compute="_compute_attachment_id")
    file_name = fields.Char()
    file_size = fields.Integer(string="Size (bytes)", compute="_compute_digest", store=True)
    sha256 = fields.Char(string="SHA-256", compute="_compute_digest", store=True)
    version = fields.Integer(default=1, readonly=True, copy=False)
    signed_on = fields.Datetime(tracking=True, copy=False)
    subscription_id = fields.Many2one("isp.subscription", index=True, check_company=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id")
    def _compute_partner_id(self):
        for document in self:
            document.partner_id = document.subscription_id.partner_id or document.partner_id

    @api.depends("file")
    def _compute_digest(self):
        for document in self:
            raw = base64.b64decode(document.with_context(bin_size=False).file or b"")
            document.file_size = len(raw)
            document.sha256 = hashlib.sha256(raw).hexdigest() if raw else False

    def _compute_attachment_id(self):
        attachments = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "file"),
                    ("res_id", "in", self.ids),
                ]
            )
        )
        by_document = {attachment.res_id: attachment for attachment in attachments}
        for document in self:
            document.attachment_id = by_document.get(document.id, False)

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: what was signed stays as it was signed, for whom it was signed."""
        if not self.env.su and COMPUTED_FIELDS & set(vals):
            raise AccessError(self.env._("Size, digest and version follow from the file."))
        if SIGNED_FIELDS & set(vals):
            self._isp_check_unsigned()
        return super().write(vals)

    # === ACTION METHODS === #

    def action_new_version(self):
        """Open a copy with the next version number, to receive the new file."""
        self.ensure_one()
        new = self.copy({"version": self.version + 1, "visible": False})
        return new._get_records_action(name=self.env._("New version"))

    def action_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/isp.document/{self.id}/file?download=true",
            "target": "self",
        }

    # === BUSINESS METHODS === #

    def _isp_check_unsigned(self):
        """Raise a `UserError` when one of the documents is signed."""
        for document in self.sudo().filtered("signed_on"):
            raise UserError(
                self.env._(
                    "%s is signed and cannot be replaced: add a new version.", document.title
                )
            )

    def _isp_download_stream(self):
        """Return the `Stream` of the file with its own name, for a controller to send.

        The caller must have checked access; a customer only gets visible documents.
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["ir.binary"]._get_stream_from(
            self.attachment_id.sudo(), "raw", filename=self.file_name or self.title
        )
