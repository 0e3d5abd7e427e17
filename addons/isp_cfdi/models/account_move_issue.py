from odoo import fields, models
from odoo.exceptions import UserError

from ..services.periods import month_end, self_invoice_last_day
from .account_move import READERS


class AccountMove(models.Model):
    """What is issued when: by the rule of the company, or the customer's own."""

    _inherit = "account.move"

    isp_cfdi_place_ids = fields.One2many(
        "isp.cfdi.place", "move_id", string="Where it is invoiced", readonly=True, groups=READERS
    )

    # === BUSINESS METHODS: RULE === #

    def _isp_cfdi_rule(self):
        """Return "payment", "invoice", "month_end" or "global" for this invoice."""
        self.ensure_one()
        partner = self.commercial_partner_id.sudo()
        company = self.company_id.sudo()
        if not partner._isp_cfdi_is_named():
            # SAT wants no debt of the public in general: it is invoiced when it is paid.
            return "global" if company.isp_cfdi_public == "global" else "payment"
        return partner.isp_cfdi_policy or company.isp_cfdi_policy

    def _isp_cfdi_method(self):
        """Return "PUE" or "PPD" for a document that is issued now."""
        self.ensure_one()
        rule = self._isp_cfdi_rule()
        if rule in ("payment", "global") or self._isp_is_settled():
            return "PUE"
        due = self.invoice_date_due or self.invoice_date
        in_time = due and due <= month_end(self.company_id._isp_today())
        return "PUE" if rule == "month_end" and in_time else "PPD"

    # === BUSINESS METHODS: WHEN === #

    def _post(self, soft=True):
        """Extend `account`: PPD documents go with the invoice, credit notes with theirs."""
        posted = super()._post(soft)
        # Entries of payments, the most frequent ones, leave here.
        posted.filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )._isp_cfdi_on_posted()
        return posted

    def _isp_cfdi_on_posted(self):
        """Issue what the rules want with the posting itself."""
        for company, moves in self.grouped("company_id").items():
            if not company._isp_cfdi_is_automatic():
                continue
            notes = moves.filtered(lambda move: move.move_type == "out_refund")
            notes._isp_cfdi_issue_credit()
            unrelated = notes.filtered(
                lambda note: not note.reversed_entry_id and note.amount_total > 0
            )
            unrelated._isp_cfdi_tell_unrelated()
            invoices = (moves - notes).filtered(
                lambda move: (
                    move._isp_cfdi_rule() in ("invoice", "month_end")
                    and not move.currency_id.is_zero(move.amount_total)
                )
            )
            invoices._isp_cfdi_issue()

    def _isp_cfdi_settle(self):
        """Issue or collect these invoices, which have just become paid."""
        queued = self.filtered(lambda move: move._isp_cfdi_rule() == "global")
        # What was issued before its customer lost his RFC stays as it is.
        queued = queued.filtered(lambda move: not move.sudo().isp_cfdi_id)
        self.env["isp.cfdi.place"]._isp_queue(queued)
        (self - queued)._isp_cfdi_issue()

    def _isp_cfdi_issue_credit(self):
        """Issue the CFDI of credit notes whose invoice has its own; take back what waits.

        A note whose invoice is not stamped yet gets its turn when that happens.
        """
        documents_sudo = self.env["isp.cfdi.document"].sudo()
        for note in self.filtered(lambda move: move.state == "posted"):
            place_sudo = note.reversed_entry_id._isp_cfdi_live_place()
            if not place_sudo:
                continue
            origin_sudo = place_sudo.document_id
            if origin_sudo.uuid and origin_sudo.cancel_state != "cancelled":
                documents_sudo |= documents_sudo._isp_create_credit(note, origin_sudo)
            elif place_sudo.state != "named" and note.reversed_entry_id._isp_cfdi_left() <= 0:
                place_sudo._isp_release()
        if documents_sudo.filtered(lambda doc: doc.outbox_state == "ready"):
            documents_sudo._isp_trigger()
        return documents_sudo

    def _isp_after_unreconcile(self):
        """Extend `isp_subscription`: what is not paid any more leaves the global invoice."""
        res = super()._isp_after_unreconcile()
        for move in self.filtered(lambda move: not move.isp_paid_on):
            place_sudo = move._isp_cfdi_live_place()
            if place_sudo and place_sudo._isp_is_free():
                place_sudo._isp_release()
        return res

    # === BUSINESS METHODS: RECEIPT === #

    def _isp_cfdi_live_place(self):
        """Return (sudo) the one place where the receipt is, or will be, invoiced."""
        return (
            self.env["isp.cfdi.place"]
            .sudo()
            .search([("move_id", "in", self.ids), ("is_live", "=", True)])
        )

    def _isp_cfdi_notes(self):
        """Return the posted credit notes of the invoice."""
        return self.reversal_move_ids.filtered(
            lambda note: note.state == "posted" and note.move_type == "out_refund"
        )

    def _isp_cfdi_left(self):
        """Return what credit notes have left of the invoice, in its currency."""
        self.ensure_one()
        taken = sum(self._isp_cfdi_notes().mapped("amount_total"))
        return self.currency_id.round(self.amount_total - taken)

    def _isp_cfdi_paid_day(self):
        """Return the local day on which the invoice became paid."""
        self.ensure_one()
        zone = self.company_id._isp_zone_name()
        moment = self.isp_paid_on or fields.Datetime.now()
        return fields.Datetime.context_timestamp(self.with_context(tz=zone), moment).date()

    # === BUSINESS METHODS: PAYMENTS === #

    def _isp_cfdi_ppd_documents(self):
        """Return ``{invoice: its live PPD document}`` (sudo) of those that have one."""
        documents_sudo = self.env["isp.cfdi.document"].sudo()
        found = documents_sudo.search(
            [
                ("move_id", "in", self.ids),
                ("kind", "=", "I"),
                ("pay_method", "=", "PPD"),
                ("cancel_state", "!=", "cancelled"),
                ("is_replaced", "=", False),
            ]
        )
        return {document.move_id.with_env(self.env): document for document in found}

    def _isp_cfdi_partials(self):
        """Return the reconciliations by which these invoices were paid."""
        return self.sudo().line_ids.matched_credit_ids

    # === BUSINESS METHODS: AUTOFACTURA === #

    def _isp_cfdi_self_refusal(self):
        """Return why the customer cannot have a named invoice of this receipt, "" if he can."""
        self.ensure_one()
        _ = self.env._
        if self.move_type != "out_invoice" or self.state != "posted" or not self.isp_paid_on:
            return _("Only a paid receipt can be invoiced.")
        place_sudo = self._isp_cfdi_live_place()
        if place_sudo.state == "named":
            return _("This receipt already has its invoice.")
        days = self.company_id.sudo().isp_cfdi_self_days
        last = self_invoice_last_day(self._isp_cfdi_paid_day(), days)
        if self.company_id._isp_today() > last:
            return _("Receipts can be invoiced until the end of the month in which you paid.")
        if self._isp_cfdi_notes():
            return _("Part of this receipt was given back. Call us to invoice it.")
        if place_sudo.document_id.state == "sent":
            return _("This receipt is being processed at SAT. Try again in a few minutes.")
        return ""

    def _isp_cfdi_self_invoice(self):
        """Issue the named invoice of a paid receipt and take it out of the global one.

        :return: the document
        :raise UserError: when that is not possible, with the reason
        """
        self.ensure_one()
        # Of two presses at once one gets the lock; the database refuses a second place anyway.
        if not self.sudo().try_lock_for_update():
            raise UserError(self.env._("This receipt is being invoiced right now."))
        refusal = self._isp_cfdi_self_refusal()
        partner_sudo = self.commercial_partner_id.sudo()
        if not refusal and not partner_sudo._isp_cfdi_is_named():
            refusal = self.env._("Write your fiscal data first.")
        refusal = refusal or "\n".join(partner_sudo._isp_cfdi_problems())
        if refusal:
            raise UserError(refusal)
        return self.sudo()._isp_cfdi_issue()
