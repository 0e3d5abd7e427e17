from odoo import api, fields, models


class IspCfdiInstalment(models.Model):
    """A payment of a PPD invoice, or a part of one: what its payment complement reports.

    It is written with the reconciliation itself; a job gathers the rows of a payment, or of a
    customer and month, into one complement (REP).
    """

    _name = "isp.cfdi.instalment"
    _description = "CFDI: payment of a PPD invoice"
    _order = "paid_at, id"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    invoice_document_id = fields.Many2one(
        "isp.cfdi.document", string="CFDI of the invoice", readonly=True, ondelete="restrict"
    )
    document_id = fields.Many2one(
        "isp.cfdi.document",
        string="Payment complement",
        readonly=True,
        index=True,
        ondelete="set null",
    )
    partial_id = fields.Many2one(
        "account.partial.reconcile",
        string="Allocation",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    source_id = fields.Many2one(
        "account.move",
        string="Entry of the payment",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("pending", "Waits for its complement"),
            ("issued", "In a complement"),
            ("undone", "Undone"),
        ],
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    paid_at = fields.Datetime(string="Paid at", required=True, readonly=True)
    due_date = fields.Date(
        string="Complement until", readonly=True, help="Local day, by SAT's rule"
    )
    number = fields.Integer(string="Instalment no.", readonly=True, aggregator=None)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    balance = fields.Monetary(
        string="Balance before", readonly=True, help="ImpSaldoAnt, in the invoice's currency"
    )
    amount = fields.Monetary(
        string="Paid", readonly=True, help="ImpPagado, in the invoice's currency"
    )
    pay_currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    pay_amount = fields.Monetary(
        string="Paid in its currency", currency_field="pay_currency_id", readonly=True
    )
    pay_rate = fields.Float(
        string="Exchange rate", digits=(16, 6), readonly=True, help="Pesos per unit of the payment"
    )

    _partial_uniq = models.UniqueIndex(
        "(partial_id) WHERE partial_id IS NOT NULL AND state != 'undone'",
        "A payment of an invoice is reported once.",
    )
    _number_uniq = models.UniqueIndex(
        "(invoice_document_id, number) WHERE number > 0 AND state != 'undone'",
        "The instalments of an invoice count up.",
    )
    _issued_has_document = models.Constraint(
        "CHECK(state != 'issued' OR number > 0)", "A reported payment has its number."
    )

    # === BUSINESS METHODS === #

    @api.model
    def _isp_note(self, partials):
        """Write down what new reconciliations pay of PPD invoices; return the new rows."""
        rows = self.sudo()
        documents = partials.debit_move_id.move_id._isp_cfdi_ppd_documents()
        if not documents:
            return rows
        known = rows.search([("partial_id", "in", partials.ids), ("state", "!=", "undone")])
        for partial in (partials - known.partial_id).sorted("id"):
            document = documents.get(partial.debit_move_id.move_id)
            source = partial.credit_move_id.move_id
            if document and (source.origin_payment_id or source.statement_line_id):
                rows |= rows.create(self._prepare_instalment_vals(partial, document))
        if rows:
            self.env.ref("isp_cfdi.ir_cron_rep").sudo()._trigger()
        return rows

    @api.model
    def _prepare_instalment_vals(self, partial, document):
        """Return the values of the row of one reconciliation; amounts are Odoo's own."""
        source_line = partial.credit_move_id
        source, move = source_line.move_id, partial.debit_move_id.move_id
        payment = source.origin_payment_id
        balance = abs(source_line.balance)
        foreign = source_line.currency_id != source_line.company_currency_id
        # What the bank paid in pesos for the whole payment gives its rate.
        rate = balance / abs(source_line.amount_currency) if foreign and balance else 1.0
        paid_at = payment.isp_paid_at or document._isp_noon(source.date)
        return {
            "company_id": move.company_id.id,
            "partner_id": document.partner_id.id,
            "move_id": move.id,
            "invoice_document_id": document.id,
            "partial_id": partial.id,
            "source_id": source.id,
            "paid_at": paid_at,
            "due_date": document._isp_rep_last_day(paid_at),
            "currency_id": move.currency_id.id,
            "amount": partial.debit_amount_currency,
            "pay_currency_id": source_line.currency_id.id,
            "pay_amount": partial.credit_amount_currency,
            "pay_rate": rate,
        }

    def _isp_undo(self):
        """The reconciliations of these rows are gone: report them no more.

        A complement that is stamped counts until SAT has cancelled it: somebody asks for that.
        What leaves an unsent substitute is still reported by the one that it replaces.
        """
        for row in self:
            document = row.document_id
            unsent = document.try_lock_for_update().filtered(
                lambda doc: doc.state in ("draft", "ready", "error")
            )
            if not document or unsent:
                replaced = unsent.replaces_id
                row.write({"state": "undone", "partial_id": False, "document_id": replaced.id})
                unsent._isp_rebuild_rep()
                if not replaced:
                    row._isp_close_gaps()
                if replaced.cancel_state not in ("none", "rejected"):
                    continue  # its cancellation goes on, or there is none to ask for
                document = replaced
            row.partial_id = False
            document._isp_ask_to_cancel(row.move_id)

    def _isp_after_document(self):
        """The complement of these rows is void: what is still paid waits for the next one."""
        undone = self.filtered(lambda row: not row.partial_id)
        undone.state = "undone"
        (self - undone).write({"state": "pending", "document_id": False})
        replaced = self.filtered(lambda row: row.invoice_document_id.cancel_state == "cancelled")
        replaced.state = "undone"
        self.flush_model()
        self._isp_note(replaced.partial_id)  # now of what took the place of its invoice
        if self:  # also what waited for the end of an undone one
            self.env.ref("isp_cfdi.ir_cron_rep").sudo()._trigger()

    def _isp_key(self):
        """Return what an allocation and what is left of it have in common."""
        self.ensure_one()
        return self.source_id.id, self.invoice_document_id.id

    def _isp_rest(self):
        """Return what is left of these undone allocations and waits for its complement."""
        keys = {row._isp_key() for row in self}
        waiting = self.search(
            [
                ("source_id", "in", self.source_id.ids),
                ("state", "=", "pending"),
                ("document_id", "=", False),
            ]
        )
        return waiting.filtered(lambda row: row._isp_key() in keys)

    def _isp_number_rows(self):
        """Give numbers and balances to rows that are about to be reported, oldest first."""
        for row in self.sorted(lambda rec: (rec.paid_at, rec.id)):
            earlier = self.search(
                [
                    ("invoice_document_id", "=", row.invoice_document_id.id),
                    ("number", ">", 0),
                    ("state", "!=", "undone"),
                    ("id", "!=", row.id),
                ]
            )
            number = row.number or max(earlier.mapped("number"), default=0) + 1
            before = earlier.filtered(lambda rec, number=number: rec.number < number)
            owed = row._isp_owed() - sum(before.mapped("amount"))
            row.write({"number": number, "balance": row.currency_id.round(owed)})

    def _isp_owed(self):
        """Return the total of the invoice less the credit notes that SAT knows."""
        self.ensure_one()
        notes = (
            self.move_id._isp_cfdi_notes()
            .sudo()
            .isp_cfdi_ids.filtered(lambda doc: doc.uuid and doc.cancel_state != "cancelled")
        )
        return self.invoice_document_id.total - sum(notes.mapped("total"))
