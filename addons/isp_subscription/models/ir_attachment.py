from odoo import api, models


class IrAttachment(models.Model):
    """The file of a signed document is not replaced through the attachment that holds it."""

    _inherit = "ir.attachment"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._isp_check_unsigned()
        return attachments

    def write(self, vals):
        self._isp_check_unsigned()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        self._isp_check_unsigned()

    # === BUSINESS METHODS === #

    def _isp_check_unsigned(self):
        """Raise a `UserError` when one of these is the file of a signed document."""
        if self.env.su:
            return
        files = self.sudo().filtered(
            lambda attachment: (
                attachment.res_model == "isp.document" and attachment.res_field == "file"
            )
        )
        ids = files.mapped("res_id")
        self.env["isp.document"].browse(ids).exists()._isp_check_unsigned()
