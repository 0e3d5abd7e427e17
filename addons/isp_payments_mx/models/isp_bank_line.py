from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..services.bank_match import months_for
from ..services.till import cents

# What billing staff may write by hand: whose money it is.
HAND_FIELDS = {"subscription_id"}
UNDECIDED = ("proposed", "open")
CONFIDENT = 100


class IspBankLine(models.Model):
    """One movement of a statement: proposed, confirmed by somebody, booked once."""

    _name = "isp.bank.line"
    _description = "Bank movement"
    _order = "import_id desc, row_number, id"
    _rec_name = "description"

    import_id = fields.Many2one(
        "isp.bank.import", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="import_id.company_id", store=True, index=True, precompute=True
    )
    journal_id = fields.Many2one(
        related="import_id.journal_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    row_number = fields.Integer(string="Line", readonly=True)
    raw = fields.Text(string="As in the file", readonly=True)
    date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True, help="Money in positive, money out negative.")
    description = fields.Char(readonly=True)
    reference = fields.Char(readonly=True)
    tracking_key = fields.Char(readonly=True, index="btree_not_null")
    payer = fields.Char(readonly=True)
    balance = fields.Monetary(readonly=True)
    movement_hash = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("open", "Nobody found"),
            ("bad", "Not readable"),
            ("booked", "Booked"),
            ("known", "Booked before"),
            ("payout", "Payout of a provider"),
            ("dismissed", "Not of a customer"),
            ("out", "Money out"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    subscription_id = fields.Many2one(
        "isp.subscription", string="Service", domain="[('company_id', '=', company_id)]"
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", string="Customer")
    amount_due = fields.Monetary(related="subscription_id.balance_due", string="Owes")
    voucher_id = fields.Many2one("isp.payment.voucher", readonly=True)
    confidence = fields.Integer(readonly=True, aggregator=False)
    reason = fields.Char(readonly=True)
    payment_id = fields.Many2one(
        "account.payment", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, copy=False)

    _movement_uniq = models.UniqueIndex(
        "(journal_id, movement_hash) WHERE movement_hash IS NOT NULL",
        "This movement was imported before.",
    )
    _payment_uniq = models.UniqueIndex(
        "(payment_id) WHERE payment_id IS NOT NULL", "A payment is one movement of the bank."
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: staff says whose money it is, nothing else; what is decided stays."""
        if self.env.su:
            return super().write(vals)
        self.env["isp.subscription"]._isp_check_role("billing")
        if set(vals) - HAND_FIELDS:
            raise AccessError(self.env._("What the bank wrote stays as it is."))
        if any(line.state not in UNDECIDED for line in self):
            raise UserError(self.env._("This movement is decided."))
        res = super().write(vals)
        for line in self:
            line._isp_assign_by_hand()
        return res

    # === ACTION METHODS === #

    def action_confirm(self):
        """Book the movement for the proposed service."""
        for line in self:
            line._isp_book()

    def action_dismiss(self):
        """It is no customer's payment: nothing is booked."""
        self._isp_decide(UNDECIDED, "dismissed")

    def action_reopen(self):
        """Decide again what was put aside."""
        self._isp_decide(("dismissed", "payout"), "open")
        self.sudo().write({"reason": False, "confidence": 0, "decided_by_id": False})

    def action_open_payment(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "res_id": self.payment_id.id,
            "views": [(False, "form")],
        }

    # === BUSINESS METHODS === #

    def _isp_assign_by_hand(self):
        """Note that somebody chose the service, or took it away."""
        chosen = bool(self.subscription_id)
        self.sudo().write(
            {
                "state": "proposed" if chosen else "open",
                "confidence": CONFIDENT if chosen else 0,
                "reason": self.env._("Chosen by %s", self.env.user.name) if chosen else False,
                "voucher_id": False,
                "decided_by_id": self.env.uid if chosen else False,
            }
        )

    def _isp_decide(self, states, state):
        self.import_id._isp_check_billing()
        self.check_access("write")
        for line in self.sudo():
            line._isp_wait_turn()
            if line.state not in states:
                raise UserError(self.env._("This movement is decided."))
            line.write({"state": state, "decided_by_id": self.env.uid})

    def _isp_wait_turn(self):
        """Let two decisions on one movement wait for each other (the second sees the first)."""
        self.flush_recordset()
        query = SQL("SELECT id FROM isp_bank_line WHERE id = %s FOR UPDATE", self.id)
        # Refused because another one was faster is no error: the server runs the work again.
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset()

    def _isp_try_book(self):
        """Book the movement, or write on it why not."""
        try:
            with self.env.cr.savepoint():
                self._isp_book()
        except UserError as error:
            self.sudo().write({"reason": str(error), "confidence": 0})

    def _isp_book(self):
        """Create, post and allocate the payment of this movement, once.

        Money that another channel booked since the movement was read is found, not booked again.

        :raise UserError: decided already, nobody chosen, or its reference was booked before
        """
        self.ensure_one()
        self.import_id._isp_check_billing()
        self.check_access("write")
        sudo = self.sudo()
        sudo._isp_wait_turn()
        if sudo.state not in UNDECIDED or sudo.payment_id:
            raise UserError(self.env._("This movement is decided."))
        if sudo.state != "proposed" or not sudo.subscription_id:
            raise UserError(self.env._("Choose a service for this movement first."))
        subscription = sudo.subscription_id.with_env(self.env)
        subscription.check_access("read")
        if subscription.company_id != sudo.company_id:
            raise UserError(self.env._("%s is of another company.", subscription.name))
        if known := sudo._isp_known_vals():
            sudo.write(known)
            return
        subscription._isp_check_payable()
        months = sudo._isp_months()
        context = {"force_payment_move": True, "isp_settle_later": True}
        payments = self.env["account.payment"].sudo().with_context(**context)
        payment = payments.create(sudo._prepare_payment_vals())
        payment.action_post()
        payment = payment.with_env(self.env(su=True))
        subscription._isp_settle_payment(payment, months=months)
        sudo.write({"state": "booked", "payment_id": payment.id, "decided_by_id": self.env.uid})
        payment.message_post(
            body=self.env._(
                "From the bank statement %(file)s, line %(line)s, confirmed by %(user)s.",
                file=sudo.import_id.name,
                line=sudo.row_number,
                user=self.env.user.name,
            )
        )

    def _isp_months(self):
        """Return for how many months from the cut-off the amount is the exact price, else 0."""
        self.ensure_one()
        voucher = self.voucher_id
        if voucher and self.currency_id.compare_amounts(voucher.amount, self.amount) == 0:
            return voucher.months
        service = self.subscription_id
        most = service.company_id.isp_max_months
        totals = [cents(service._get_payment_quote(n)["total"]) for n in range(most + 1)]
        return months_for(cents(self.amount), totals)

    def _isp_form_code(self):
        """Return the code of the payment form of this movement."""
        return {"spei": "spei", "paynet": "store"}.get(
            self.voucher_id.payment_method_id.code, "transfer"
        )

    def _prepare_payment_vals(self):
        """Return the values of the `account.payment` of this movement."""
        self.ensure_one()
        form = self.env["isp.payment.form"]._isp_get(self._isp_form_code())
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.subscription_id.partner_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "journal_id": self.journal_id.id,
            "date": self.date,
            "memo": self.description or self.reference or self.subscription_id.name,
            "isp_payment_form_id": form.id,
            "isp_subscription_id": self.subscription_id.id,
            "isp_reference": self.voucher_id.reference or self.tracking_key or self.reference,
            "isp_bank_line_id": self.id,
        }

    def _isp_payment_undone(self):
        """The payment of these movements is no more: somebody decides again."""
        for line in self.filtered(lambda item: item.state in ("booked", "known")):
            line.write(
                {
                    "state": "open",
                    "confidence": 0,
                    "payment_id": False,
                    "reason": self.env._(
                        "Payment no. %s was cancelled.", line.payment_id.isp_number
                    ),
                }
            )
