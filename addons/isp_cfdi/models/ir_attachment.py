from odoo import api, fields, models
from odoo.exceptions import UserError

CONTENT_FIELDS = {"raw", "datas", "db_datas", "store_fname", "checksum"}
PROTECTED_FIELDS = CONTENT_FIELDS | {"isp_cfdi_locked", "res_model", "res_id", "public"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    isp_cfdi_locked = fields.Boolean(
        string="Fiscal file", readonly=True, copy=False, help="It can never be changed or deleted."
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Refuse to change a fiscal file: its bytes carry a seal."""
        if PROTECTED_FIELDS & set(vals) and any(self.sudo().mapped("isp_cfdi_locked")):
            raise UserError(self.env._("The file of a fiscal document cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_isp_cfdi(self):
        if any(self.sudo().mapped("isp_cfdi_locked")):
            raise UserError(self.env._("The file of a fiscal document cannot be deleted."))
