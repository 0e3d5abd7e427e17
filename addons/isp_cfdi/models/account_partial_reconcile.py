from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Extend `account`: payments of PPD invoices are reported to SAT."""
        partials = super().create(vals_list)
        self.env["isp.cfdi.instalment"]._isp_note(partials)
        return partials

    def unlink(self):
        """Extend `account`: an undone payment is reported no more."""
        rows_sudo = self.env["isp.cfdi.instalment"].sudo()
        rows_sudo.search([("partial_id", "in", self.ids), ("state", "!=", "undone")])._isp_undo()
        return super().unlink()
