import base64
from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

from ..const import EXPIRY_WARNING_DAYS
from ..const_issue import RENEWAL_DAYS
from ..services import vault
from ..services.csd import Csd, check_csd, load_certificate, load_csd
from ..services.errors import CsdError


class IspCfdiCertificate(models.Model):
    """Certificado de Sello Digital of a company; its key is stored encrypted."""

    _name = "isp.cfdi.certificate"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "CFDI: seal certificate (CSD)"
    _order = "valid_to desc, id desc"
    _rec_name = "number"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    active = fields.Boolean(default=True)
    number = fields.Char(string="Certificate number", required=True, readonly=True)
    rfc = fields.Char(string="RFC", required=True, readonly=True)
    holder = fields.Char(readonly=True)
    valid_from = fields.Datetime(required=True, readonly=True)
    valid_to = fields.Datetime(required=True, readonly=True)
    certificate = fields.Binary(string="Certificate (.cer)", attachment=False, readonly=True)
    private_key = fields.Binary(
        string="Encrypted key", attachment=False, copy=False, groups="base.group_system"
    )
    state = fields.Selection(
        [
            ("valid", "Valid"),
            ("expiring", "About to expire"),
            ("expired", "Expired"),
            ("future", "Not valid yet"),
        ],
        compute="_compute_state",
    )

    _number_company_uniq = models.Constraint(
        "UNIQUE(number, company_id)", "This certificate has already been uploaded."
    )

    # === COMPUTE METHODS === #

    @api.depends("valid_from", "valid_to")
    def _compute_state(self):
        now = fields.Datetime.now()
        for record in self:
            if not record.valid_to or now > record.valid_to:
                record.state = "expired"
            elif now < record.valid_from:
                record.state = "future"
            elif record.valid_to - now < timedelta(days=EXPIRY_WARNING_DAYS):
                record.state = "expiring"
            else:
                record.state = "valid"

    # === BUSINESS METHODS === #

    @api.model
    def _isp_import(self, company, cer, key, password):
        """Check a CSD and store it with its key encrypted.

        :param company: the issuer; its RFC must be that of the certificate
        :param bytes cer: DER certificate (.cer)
        :param bytes key: encrypted PKCS#8 key (.key)
        :param str password: opens ``key``; it is not stored
        :raise UserError: when the pair cannot seal for the company
        """
        self.check_access("create")
        try:
            csd = load_csd(cer, key, password)
        except CsdError as error:
            raise UserError(self._isp_error_text(error.code, str(error))) from error
        self._isp_check(csd.certificate, company)
        facts = csd.certificate
        record = self.create(
            {
                "company_id": company.id,
                "number": facts.number,
                "rfc": facts.rfc,
                "holder": facts.name,
                "valid_from": facts.valid_from.astimezone(UTC).replace(tzinfo=None),
                "valid_to": facts.valid_to.astimezone(UTC).replace(tzinfo=None),
                "certificate": base64.b64encode(cer),
                "private_key": base64.b64encode(vault.lock(csd.key, self._isp_secret())),
            }
        )
        # The warnings of its predecessors are answered by it.
        self.search([("company_id", "=", company.id)])._isp_renewals().unlink()
        return record

    def _isp_check(self, certificate, company):
        """Raise when the certificate cannot seal for the company now."""
        rfc = company._isp_cfdi_rfc()
        if not rfc:
            raise UserError(self.env._("Set the RFC (VAT) of the company first."))
        now = fields.Datetime.now().replace(tzinfo=UTC)
        problems = check_csd(certificate, rfc, now)
        if problems:
            raise UserError("\n".join(self._isp_error_text(*problem) for problem in problems))

    @api.model
    def _isp_error_text(self, code, text):
        """Return what the user reads for a code of the pure core, else its own text."""
        _ = self.env._
        texts = {
            "not_certificate": _(
                "The file is not a certificate (.cer) of SAT. Are the two files swapped?"
            ),
            "bad_key": _(
                "The key file (.key) cannot be opened with this password. It is the password of "
                "the CSD, not that of your e.firma."
            ),
            "mismatch": _("The key file does not belong to the certificate."),
            "not_csd": _("This is an e.firma (FIEL), not a CSD: ask SAT for a CSD."),
            "rfc": _("The certificate belongs to another RFC than the company."),
            "not_yet_valid": _("The certificate is not valid yet."),
            "expired": _("The certificate has expired."),
            "locked": _("The stored key cannot be opened in this database: upload it again."),
        }
        return texts.get(code, text)

    @api.model
    def _isp_secret(self, server=None):
        """Return the secret of the key: the database's, with the server's when it has one.

        With ``isp_cfdi_secret`` in the configuration file, a stolen dump opens nothing.
        """
        database = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        if server is None:
            server = config.get("isp_cfdi_secret") or ""
        return f"{database}{server}"

    def _isp_csd(self):
        """Return the opened ``Csd``.

        :raise CsdError: when the key was encrypted in another database
        """
        self.ensure_one()
        record_sudo = self.sudo()
        if not record_sudo.private_key:
            raise CsdError("locked", "The key of the certificate is missing")
        key = record_sudo._isp_open_key(base64.b64decode(record_sudo.private_key))
        return Csd(load_certificate(base64.b64decode(record_sudo.certificate)), key)

    def _isp_open_key(self, token):
        """Return the private key; one that was locked before the server had a secret of its own
        is locked anew with it.

        :raise CsdError: when it was encrypted in another database
        """
        secret, database = self._isp_secret(), self._isp_secret(server="")
        try:
            return vault.unlock(token, secret)
        except CsdError:
            if secret == database:
                raise
        key = vault.unlock(token, database)
        self.private_key = base64.b64encode(vault.lock(key, secret))
        return key

    @api.model
    def _isp_for_company(self, company, moment):
        """Return the certificate that seals for ``company`` at ``moment`` (UTC), or none."""
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("valid_from", "<=", moment),
                ("valid_to", ">=", moment),
            ],
            limit=1,
        )

    @api.model
    def _cron_warn_expiry(self):
        """Put an activity on every certificate that expires soon and has no successor."""
        limit = fields.Datetime.now() + timedelta(days=EXPIRY_WARNING_DAYS)
        latest = {}
        for record in self.search([("active", "=", True)], order="valid_to"):
            latest[record.company_id] = record
        for company, record in latest.items():
            if record.valid_to > limit or record._isp_renewals():
                continue
            record = record.with_context(lang=company._isp_lang())
            record.activity_schedule(
                "isp_cfdi.mail_activity_cfdi_certificate",
                date_deadline=record.valid_to.date() - timedelta(days=RENEWAL_DAYS),
                summary=record.env._("Renew the seal certificate at SAT"),
                note=record.env._(
                    "%(number)s seals until %(day)s; nothing can be stamped afterwards. Ask for a "
                    "new one in CertiSAT and upload it in ISP › Configuration › Seal certificates.",
                    number=record.number,
                    day=fields.Date.to_string(record.valid_to.date()),
                ),
                user_id=company._isp_cfdi_user().id,
            )

    def _isp_renewals(self):
        """Return the open activities that ask to renew these certificates."""
        kind = self.env.ref("isp_cfdi.mail_activity_cfdi_certificate")
        return self.sudo().activity_ids.filtered(lambda act: act.activity_type_id == kind)
