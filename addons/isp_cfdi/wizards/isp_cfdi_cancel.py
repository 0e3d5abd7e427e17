from odoo import fields, models

from ..const import MOTIVES


class IspCfdiCancel(models.TransientModel):
    _name = "isp.cfdi.cancel"
    _description = "CFDI: cancel a document"

    document_id = fields.Many2one("isp.cfdi.document", required=True, readonly=True)
    uuid = fields.Char(related="document_id.uuid")
    motive = fields.Selection(MOTIVES, required=True, default="02")

    # === ACTION METHODS === #

    def action_request(self):
        """Order the cancellation; the worker presents it to SAT."""
        self.ensure_one()
        self.document_id.check_access("write")
        self.env["isp.cfdi.cancellation"]._isp_request(self.document_id, self.motive)
        return {"type": "ir.actions.act_window_close"}
