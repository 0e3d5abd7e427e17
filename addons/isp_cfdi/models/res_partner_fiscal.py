import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const_issue import CSF_LIMIT, PARTNER_POLICIES, REP_POLICIES
from ..services.fiscal_data import fiscal_problems

# Files that SAT or a camera gives for a tax certificate, by their first bytes.
CSF_KINDS = {b"%PDF": "pdf", b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}
FISCAL_FIELDS = ("vat", "isp_cfdi_name", "isp_cfdi_regime", "isp_cfdi_use", "isp_cfdi_zip")


class ResPartner(models.Model):
    """How a customer is invoiced, what SAT will read of him, and repairing what was refused."""

    _inherit = "res.partner"

    isp_cfdi_policy = fields.Selection(
        PARTNER_POLICIES,
        string="CFDI of this customer",
        help="Empty: as the company does it; without an RFC the customer is public in general.",
    )
    isp_cfdi_rep = fields.Selection(
        REP_POLICIES, string="Payment complements", help="Empty: as the company does it."
    )
    isp_cfdi_preview = fields.Char(
        string="As SAT reads it",
        compute="_compute_isp_cfdi_check",
        help="Capitals, without the company type: so it is written on the documents.",
    )
    isp_cfdi_advice = fields.Text(string="To mend", compute="_compute_isp_cfdi_check")
    isp_cfdi_csf_id = fields.Many2one(
        "ir.attachment",
        string="Tax certificate (CSF)",
        copy=False,
        readonly=True,
        ondelete="set null",
        help="Constancia de Situación Fiscal: the file that proves the data.",
    )
    isp_cfdi_csf_upload = fields.Binary(
        string="Tax certificate file (CSF)",
        compute="_compute_isp_cfdi_csf_upload",
        inverse="_inverse_isp_cfdi_csf_upload",
    )

    isp_cfdi_csf_name = fields.Char(related="isp_cfdi_csf_id.name", string="Name of the file")

    # === COMPUTE METHODS === #

    @api.depends(*FISCAL_FIELDS, "name", "zip", "country_id")
    def _compute_isp_cfdi_check(self):
        for partner in self:
            facts = partner._isp_cfdi_facts()
            partner.isp_cfdi_preview = facts.name
            problems = partner._isp_cfdi_problems() if partner._isp_cfdi_is_named() else []
            partner.isp_cfdi_advice = "\n".join(problems)

    @api.depends("isp_cfdi_csf_id")
    def _compute_isp_cfdi_csf_upload(self):
        for partner in self:
            partner.isp_cfdi_csf_upload = partner.isp_cfdi_csf_id.sudo().datas

    def _inverse_isp_cfdi_csf_upload(self):
        for partner in self:
            if partner.isp_cfdi_csf_upload:
                partner._isp_cfdi_keep_csf(base64.b64decode(partner.isp_cfdi_csf_upload))
            else:
                # The old file stays beside the contact: it proves what was once true.
                partner.isp_cfdi_csf_id = False

    # === BUSINESS METHODS === #

    def _isp_cfdi_keep_csf(self, raw):
        """Keep the customer's tax certificate; earlier ones stay in the history.

        :param bytes raw: PDF or picture, at most 5 MB
        :raise UserError: when the file is something else
        """
        self.ensure_one()
        kind = next((name for start, name in CSF_KINDS.items() if raw.startswith(start)), None)
        if not kind:
            raise UserError(self.env._("Choose your tax certificate as a PDF, JPG or PNG file."))
        if len(raw) > CSF_LIMIT:
            raise UserError(self.env._("The file is larger than 5 MB."))
        today = fields.Date.context_today(self)
        attachments = self.env["ir.attachment"].sudo()
        self.isp_cfdi_csf_id = attachments.create(
            {
                "name": f"CSF_{self.isp_cfdi_preview or self.id}_{today}.{kind}",
                "raw": raw,
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _isp_cfdi_store(self, values):
        """Store fiscal data that the customer wrote himself, and retry what waits for them.

        :param dict values: some of ``FISCAL_FIELDS``, already checked
        :return: the documents that were built again
        """
        self.ensure_one()
        partner_sudo = self.sudo()
        before = {name: partner_sudo[name] or "" for name in values}
        changed = {name: text for name, text in values.items() if (text or "") != before[name]}
        if changed:
            partner_sudo.write(changed)
            partner_sudo._isp_cfdi_log(before, changed)
        return partner_sudo._isp_cfdi_retry()

    def _isp_cfdi_log(self, before, changed):
        """Note who changed which datum, old and new, on the contact."""
        rows = Markup("").join(
            Markup("<li>%s: %s → %s</li>")
            % (self._fields[name]._description_string(self.env), before[name] or "-", text or "-")
            for name, text in changed.items()
        )
        title = self.env._("Fiscal data changed by %s", self.env.user.name)
        self._message_log(body=Markup("<p>%s</p><ul>%s</ul>") % (title, rows))

    def _isp_cfdi_retry(self):
        """Build again the documents of this customer that wait for right data."""
        self.ensure_one()
        documents_sudo = self.env["isp.cfdi.document"].sudo()
        if fiscal_problems(self._isp_cfdi_facts()):
            return documents_sudo
        waiting = documents_sudo.search(
            [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("state", "in", ("draft", "error")),
                ("is_global", "=", False),
            ]
        )
        for document in waiting.try_lock_for_update():
            document._isp_build()
        ready = waiting.filtered(lambda document: document.outbox_state == "ready")
        if ready:
            documents_sudo._isp_trigger()
        return ready
