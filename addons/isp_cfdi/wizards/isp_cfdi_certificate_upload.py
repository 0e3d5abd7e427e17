import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

SECRETS = ("certificate_file", "private_key_file", "password")


class IspCfdiCertificateUpload(models.TransientModel):
    """Upload of a CSD.  Its secrets are used while the record is made and never written."""

    _name = "isp.cfdi.certificate.upload"
    _description = "CFDI: upload a seal certificate"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    certificate_file = fields.Binary(string="Certificate (.cer)", attachment=False)
    private_key_file = fields.Binary(
        string="Key (.key)", attachment=False, groups="base.group_system"
    )
    password = fields.Char(groups="base.group_system")
    certificate_id = fields.Many2one("isp.cfdi.certificate", readonly=True)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Import at once: neither the key nor its password ever reaches the database."""
        cleaned = []
        for vals in vals_list:
            secrets = {name: vals.get(name) for name in SECRETS}
            if not all(secrets.values()):
                raise UserError(self.env._("Choose both files and write the password of the key."))
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            certificate = self.env["isp.cfdi.certificate"]._isp_import(
                company,
                base64.b64decode(secrets["certificate_file"]),
                base64.b64decode(secrets["private_key_file"]),
                secrets["password"],
            )
            cleaned.append({"company_id": company.id, "certificate_id": certificate.id})
        return super().create(cleaned)

    # === ACTION METHODS === #

    def action_open(self):
        """Open the certificate that was imported."""
        self.ensure_one()
        return self.certificate_id._get_records_action()
