from odoo import api, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain

SELF_INVOICE = "/my/isp/self-invoice"
#: Receipts older than this are never offered, whatever the company allows.
SHOWN = 24


class IspPortalPage(models.AbstractModel):
    """Named invoices of own receipts, asked for by the customer."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_self_invoice_domain(self):
        """Return the domain of the user's paid receipts (record rules apply too)."""
        partner = self.env.user.partner_id.commercial_partner_id
        return (
            Domain("commercial_partner_id", "=", partner.id)
            & Domain("move_type", "=", "out_invoice")
            & Domain("state", "=", "posted")
            & Domain("isp_paid_on", "!=", False)
        )

    @api.model
    def _get_self_invoice_values(self):
        """Return the receipts that can be invoiced now, newest first, and what is missing."""
        moves = self.env["account.move"].search(
            self._get_self_invoice_domain(), order="isp_paid_on desc, id desc", limit=SHOWN
        )
        open_moves = moves.filtered(lambda move: not move.sudo()._isp_cfdi_self_refusal())
        partner_sudo = self._get_fiscal_partner_sudo()
        named = bool(partner_sudo) and partner_sudo._isp_cfdi_is_named()
        return {
            "rows": [self._get_self_invoice_row_values(move) for move in open_moves],
            "ready": named and not partner_sudo._isp_cfdi_problems(),
            "rfc": partner_sudo._isp_cfdi_rfc() if named else "",
        }

    @api.model
    def _get_self_invoice_row_values(self, move):
        fmt = self._get_formatter()
        lines = move.sudo().invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return {
            "folio": move.name,
            "text": lines[:1].name or "",
            "day": fmt.iso(fmt.local_date(move.isp_paid_on)),
            "total": move.amount_total,
            "url": f"{SELF_INVOICE}/{move.id}",
        }

    @api.model
    def _get_self_invoice_move(self, move_id):
        """Return the user's own receipt with this id, or an empty recordset."""
        return self.env["account.move"].search(
            self._get_self_invoice_domain() & Domain("id", "=", move_id), limit=1
        )

    @api.model
    def _take_self_invoice(self, move):
        """Issue the named invoice of an own receipt.

        :return: (kind, text) of the notice that the page shows
        """
        try:
            with self.env.cr.savepoint():
                document_sudo = move.sudo()._isp_cfdi_self_invoice()
        except LockError:
            return "warn", self.env._("This receipt is being invoiced right now.")
        except UserError as error:
            return "warn", str(error)
        if document_sudo.outbox_state != "ready":
            return "warn", self.env._("We have your request and check your data.")
        return "good", self.env._("Done: your invoice is ready in a few minutes.")
