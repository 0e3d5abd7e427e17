from odoo import api, fields, models

from odoo.addons.isp_portal.services.formatting import DEFAULT_ZONE, Formatter


class IspPaymentRefundWizard(models.TransientModel):
    """Giving an online payment back: shows what happens, then orders or notes it, once."""

    _name = "isp.payment.refund.wizard"
    _description = "Give money back"

    payment_id = fields.Many2one("account.payment", string="Online payment", required=True)
    company_id = fields.Many2one(related="payment_id.company_id")
    currency_id = fields.Many2one(related="payment_id.currency_id")
    partner_id = fields.Many2one(related="payment_id.partner_id")
    paid = fields.Monetary(related="payment_id.amount", string="Paid")
    paid_text = fields.Char(string="Payment", compute="_compute_facts")
    refundable = fields.Monetary(string="Can be given back", compute="_compute_facts")
    credit = fields.Monetary(string="Credit balance", compute="_compute_facts")
    card_obstacle = fields.Char(compute="_compute_facts")
    obstacle = fields.Char(compute="_compute_facts")
    kind = fields.Selection(
        [("card", "To the card, through Openpay"), ("payout", "By transfer that you made")],
        string="How",
        compute="_compute_kind",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    amount = fields.Monetary(
        string="Give back", compute="_compute_amount", store=True, precompute=True, readonly=False
    )
    reason = fields.Char(help="The customer and Openpay read it.")
    journal_id = fields.Many2one(
        "account.journal",
        string="Paid from",
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
    )
    reference = fields.Char(string="Tracking key")
    date = fields.Date(
        string="Day of the transfer", default=lambda self: self.env.company._isp_today()
    )
    effect = fields.Text(string="What happens", compute="_compute_effect")
    opens_bills = fields.Boolean(compute="_compute_effect")
    refund_id = fields.Many2one("isp.payment.refund", readonly=True)

    # === COMPUTE METHODS === #

    @api.depends("payment_id")
    def _compute_facts(self):
        for wizard in self:
            payment_sudo = wizard.payment_id.sudo()
            wizard.paid_text = wizard._payment_words(payment_sudo)
            wizard.refundable = max(payment_sudo._isp_refundable(), 0.0)
            credits = payment_sudo._isp_refund_credits()
            wizard.credit = -sum(credits.mapped("amount_residual"))
            wizard.obstacle = payment_sudo._isp_refund_obstacle("payout")
            card = payment_sudo._isp_refund_obstacle("card")
            wizard.card_obstacle = card if card != wizard.obstacle else ""

    @api.depends("payment_id")
    def _compute_kind(self):
        for wizard in self:
            wizard.kind = "payout" if wizard.card_obstacle else "card"

    @api.depends("payment_id")
    def _compute_amount(self):
        """Propose the credit of the customer, all of the payment when he has none."""
        for wizard in self:
            most = wizard.refundable
            wizard.amount = min(wizard.credit, most) if wizard.credit > 0 else most

    @api.depends("company_id")
    def _compute_journal_id(self):
        for wizard in self:
            journals = self.env["account.journal"].sudo()
            online = wizard.payment_id.sudo().journal_id
            banks = journals.search(
                [("type", "=", "bank"), ("company_id", "=", wizard.company_id.id)]
            )
            wizard.journal_id = (banks - online)[:1] or banks[:1]

    @api.depends("payment_id", "amount", "kind")
    def _compute_effect(self):
        for wizard in self:
            payment_sudo = wizard.payment_id.sudo()
            within = 0 < wizard.amount <= wizard.refundable
            plan = payment_sudo._isp_refund_plan(wizard.amount) if within else None
            wizard.effect = wizard._effect_words(plan) if plan else ""
            wizard.opens_bills = bool(plan and plan.reopened)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Order the refund or note the transfer, exactly once, and show what became of it."""
        self.ensure_one()
        refunds = self.env["isp.payment.refund"]
        if not self.refund_id:
            if self.kind == "card":
                refund = refunds._order_card(self.payment_id, self.amount, self.reason)
            else:
                refund = refunds._order_payout(
                    self.payment_id,
                    self.amount,
                    self.reason,
                    self.journal_id,
                    self.reference,
                    self.date,
                )
            self.refund_id = refund
            if refund.kind == "card":
                # From here on the order stands, whatever happens to this request.
                refund.sudo()._outbox_commit()
                refund.sudo()._outbox_process_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "isp.payment.refund",
            "res_id": self.refund_id.id,
            "view_mode": "form",
        }

    # === HELPERS === #

    def _payment_words(self, payment):
        """Return "no. 12 · Visa •••• 1111 · 21/01/2026 12:00:00"."""
        fmt = Formatter(zone=payment.company_id.partner_id.tz or DEFAULT_ZONE)
        charge = payment.payment_transaction_id.isp_card_charge_id
        how = charge._get_card_label() if charge else payment.isp_payment_form_id.name
        moment = fmt.receipt_moment(payment.isp_paid_at)
        number = self.env._("no. %s", payment._isp_payment_label())
        return " · ".join(filter(None, (number, how, moment)))

    def _effect_words(self, plan):
        """Return in words, a line each, what giving so much back does.

        :param plan: `services.refunds.Plan`
        """
        _, money = self.env._, self.currency_id.format
        lines = []
        if self.kind == "card":
            lines.append(_("Openpay sends the money to the card; the bank shows it within days."))
        else:
            lines.append(_("Nothing is sent: the transfer that you made is booked."))
        if plan.credit:
            left = max(self.credit - float(plan.credit), 0.0)
            lines.append(
                _(
                    "Credit balance: %(taken)s leave it, %(left)s stay. Paid bills stay paid.",
                    taken=money(float(plan.credit)),
                    left=money(left),
                )
            )
        moves = self.env["account.move"].sudo()
        for move_id, amount in plan.reopened:
            move = moves.browse(move_id)
            lines.append(
                _(
                    "%(invoice)s, due on %(date)s: %(amount)s are owed again.",
                    invoice=move.name,
                    date=move.invoice_date_due.strftime("%d/%m/%Y"),
                    amount=money(float(amount)),
                )
            )
        if plan.reopened:
            lines.append(_("When they are overdue, the service is cut by the usual rules."))
        return "\n".join(lines)
