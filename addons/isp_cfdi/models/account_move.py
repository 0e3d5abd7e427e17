from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import STATES

# Who sees the fiscal documents of an invoice.
READERS = (
    "isp_subscription.group_isp_readonly,account.group_account_invoice,"
    "account.group_account_readonly"
)
# States in which no fiscal document can exist at the PAC.
HARMLESS_STATES = ("draft", "ready", "error", "cancelled")


class AccountMove(models.Model):
    _inherit = "account.move"

    isp_cfdi_ids = fields.One2many(
        "isp.cfdi.document", "move_id", string="CFDI", readonly=True, groups=READERS
    )
    isp_cfdi_id = fields.Many2one(
        "isp.cfdi.document", string="Live CFDI", compute="_compute_isp_cfdi_id", groups=READERS
    )
    isp_cfdi_state = fields.Selection(
        STATES, string="CFDI state", compute="_compute_isp_cfdi_id", groups=READERS
    )

    # === COMPUTE METHODS === #

    @api.depends("isp_cfdi_ids.cancel_state", "isp_cfdi_ids.state", "isp_cfdi_place_ids.state")
    def _compute_isp_cfdi_id(self):
        for move in self:
            own = move.isp_cfdi_ids.filtered(lambda doc, move=move: doc._isp_is_of(move))
            live = own.filtered(lambda doc: doc.cancel_state != "cancelled")
            collected = move.isp_cfdi_place_ids.filtered(lambda row: row.state == "global")
            move.isp_cfdi_id = (live or collected.document_id or own)[:1]
            move.isp_cfdi_state = move.isp_cfdi_id.state

    # === ACTION METHODS === #

    def button_draft(self):
        """Extend `account`: an invoice with a live fiscal document stays as it is."""
        self._isp_cfdi_check_free()
        return super().button_draft()

    def button_cancel(self):
        """Extend `account`: the fiscal document is cancelled first."""
        self._isp_cfdi_check_free()
        return super().button_cancel()

    def action_isp_cfdi_issue(self):
        """Issue the fiscal document of a paid invoice by hand."""
        self.ensure_one()
        self.check_access("write")
        if self.move_type != "out_invoice" or not self.isp_paid_on:
            raise UserError(self.env._("A CFDI is issued for a paid customer invoice."))
        if self.sudo().isp_cfdi_collected:
            raise UserError(
                self.env._(
                    "%s goes into a global invoice: use «Named invoice» to take it out.", self.name
                )
            )
        self._isp_cfdi_issue()
        return self.action_isp_view_cfdi()

    def action_isp_view_cfdi(self):
        """Open the fiscal documents of the invoice."""
        self.ensure_one()
        return self.isp_cfdi_ids._get_records_action(name=self.env._("CFDI"))

    # === BUSINESS METHODS === #

    def _isp_on_invoice_paid(self):
        """Extend `isp_subscription`: a paid invoice gets its fiscal document.

        Only the sealed bytes are made here; the worker talks to the PAC afterwards.
        """
        res = super()._isp_on_invoice_paid()
        self.filtered(lambda move: move._isp_cfdi_is_wanted())._isp_cfdi_settle()
        return res

    def _isp_cfdi_is_wanted(self):
        """Return whether the company issues a document for this invoice by itself."""
        self.ensure_one()
        return (
            self.move_type == "out_invoice"
            and not self.currency_id.is_zero(self.amount_total)
            and not self._isp_is_reversed()
            and self.company_id._isp_cfdi_is_automatic()
        )

    def _isp_cfdi_issue(self):
        """Create the documents and wake the worker; return them."""
        documents = self.env["isp.cfdi.document"]
        for move in self:
            documents |= documents._isp_create_for_move(move)
        if documents.filtered(lambda doc: doc.outbox_state == "ready"):
            documents._isp_trigger()
        return documents

    def _isp_cfdi_check_free(self):
        """Refuse to undo invoices whose fiscal document may exist at SAT."""
        places = self._isp_cfdi_live_place().filtered(lambda row: row.state != "named")
        documents = self.sudo().isp_cfdi_ids | places.document_id
        alive = documents.filtered(lambda doc: doc.state not in HARMLESS_STATES)
        if alive:
            raise UserError(
                self.env._("Cancel the CFDI %s at SAT first.", ", ".join(alive.mapped("name")))
            )
        for place in places:
            place._isp_release()
        documents = documents.exists().filtered("move_id")
        # Nothing fiscal exists, and what was built would be wrong from now on.
        pending = documents.filtered(lambda doc: not doc.uuid)
        unsent = pending.filtered(lambda doc: not doc.attempts)
        unsent.unlink()
        refused = pending - unsent
        refused.outbox_state = "draft"
        for document in refused:
            document._isp_clear_problems()
