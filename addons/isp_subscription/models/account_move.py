from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..services.allocation import split_by_weight

PAID_STATES = ("in_payment", "paid")


class AccountMove(models.Model):
    _inherit = "account.move"

    isp_subscription_ids = fields.Many2many(
        "isp.subscription",
        string="Subscriptions",
        compute="_compute_isp_subscription_ids",
        search="_search_isp_subscription_ids",
    )
    isp_paid_on = fields.Datetime(
        string="Paid on",
        readonly=True,
        copy=False,
        help="When the invoice became paid (UTC); empty while it is open.",
    )

    # === COMPUTE METHODS === #

    @api.depends("line_ids.isp_subscription_id")
    def _compute_isp_subscription_ids(self):
        for move in self:
            move.isp_subscription_ids = move.line_ids.isp_subscription_id

    def _search_isp_subscription_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        lines = Domain("isp_subscription_id", operator, value)
        return Domain("line_ids", "any", lines)

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend `account`: when an invoice was paid follows from its payments."""
        if not self.env.su and "isp_paid_on" in vals:
            raise AccessError(self.env._("When an invoice was paid follows from its payments."))
        return super().write(vals)

    # === ACTION METHODS === #

    def button_draft(self):
        """Extend `account`: a draft keeps its periods and what was allocated to it."""
        self._isp_check_credit_stays()
        self._isp_check_periods_free()
        res = super().button_draft()
        self._isp_on_reset()
        return res

    def button_cancel(self):
        """Extend `account`: a cancelled invoice frees its periods, and who was cut for it."""
        res = super().button_cancel()
        self._isp_on_reset()
        self.sudo().isp_subscription_ids._isp_refresh_service()
        return res

    # === BUSINESS METHODS === #

    def _post(self, soft=True):
        """Extend `account`: the ledger follows what was corrected in a draft."""
        again = self.filtered("posted_before")
        again._isp_follow_lines()
        posted = super()._post(soft)
        if again:
            # Another total set the money free: the invoice is paid no more, or paid anew.
            again._isp_after_unreconcile()
            again._isp_apply_freed_credit()
        return posted

    def _isp_follow_lines(self):
        """Bill in the ledger what the lines of these invoices bill now."""
        for line, rows in self._isp_periods().grouped("move_line_id").items():
            before = sum(rows.mapped("amount_billed"))
            if not before or not rows.currency_id.compare_amounts(before, line.price_total):
                continue
            parts = split_by_weight(line.price_total, rows.mapped("amount_billed"))
            for row, part in zip(rows, parts, strict=True):
                price = row.currency_id.round(row.price * line.price_total / before)
                row.write({"amount_billed": float(part), "price": price})

    def _isp_check_credit_stays(self):
        """Days that were given back are not taken again by undoing the credit note."""
        for move in self.filtered(lambda move: move.move_type == "out_refund"):
            if move.line_ids.isp_credited_period_id:
                raise UserError(
                    self.env._(
                        "%s gives days of a service back and stays: bill the days again instead.",
                        move.display_name,
                    )
                )

    def _isp_check_periods_free(self):
        """A cancelled invoice does not come back for days that were billed again meanwhile."""
        for row in self.filtered(lambda move: move.state == "cancel")._isp_periods():
            if other := row._isp_taken_by():
                raise UserError(
                    self.env._(
                        "The period %(period)s is already billed by %(invoice)s.",
                        period=row.display_name,
                        invoice=other.move_id.name or self.env._("another invoice"),
                    )
                )

    def _isp_periods(self):
        """Return the ledger rows that these invoices bill."""
        return self.env["isp.subscription.period"].sudo().search([("move_id", "in", self.ids)])

    def _isp_settled_by_period(self):
        """Return ``{period id: amount settled}``: the oldest period of the invoice first.

        Credit notes that gave days back have already shortened the periods; while an invoice is
        open they settle nothing else.
        """
        self.ensure_one()
        periods = self.line_ids.isp_period_ids.sorted("date_start")
        if self._isp_is_settled():
            return {period.id: period.amount_total for period in periods}
        # Allocations survive a reset to draft, so a draft counts like a posted invoice.
        given_back = sum(periods.mapped("amount_credited"))
        settled = self.amount_total - given_back - self.amount_residual
        parts = periods._isp_spread(settled, periods.mapped("amount_total"))
        return dict(zip(periods.ids, parts, strict=True))

    def _isp_is_reversed(self):
        """Return whether credit notes of this very invoice took all of it back.

        Odoo also says "reversed" of an invoice that was settled with the credit of another one.
        """
        self.ensure_one()
        if self.payment_state != "reversed":
            return False
        notes = self.reversal_move_ids.filtered(lambda note: note.state == "posted")
        taken_back = sum(notes.mapped("amount_total"))
        return self.currency_id.compare_amounts(taken_back, self.amount_total) >= 0

    def _isp_is_settled(self):
        """Return whether nothing is open, be it by money or by the payer's credit."""
        self.ensure_one()
        if self.payment_state == "reversed":
            return not self._isp_is_reversed()
        return self.payment_state in PAID_STATES

    def _isp_open_share(self, subscription):
        """Return the open amount of this invoice that belongs to ``subscription``."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.isp_subscription_id == subscription)
        if not self.amount_total:
            return 0.0
        share = sum(lines.mapped("price_total")) / self.amount_total
        return self.currency_id.round(self.amount_residual * share)

    def _isp_oldest_first(self):
        """Return these invoices in the order in which money settles them."""
        return self.sorted(lambda move: (move.invoice_date_due, move.invoice_date, move.id))

    def _invoice_paid_hook(self):
        """Extend `account`: settle the ledger, then tell the extensions, once per transition.

        Odoo calls this when an invoice becomes "in payment" and again when it becomes "paid";
        `isp_paid_on` makes the second call, and any repetition, harmless.
        """
        res = super()._invoice_paid_hook()
        self._isp_note_paid()
        return res

    def _isp_note_paid(self):
        """Settle the ledger of paid invoices and tell the extensions, once per transition."""
        self._isp_settle_periods()
        fresh = self.filtered(
            lambda move: (
                move.move_type == "out_invoice" and move.state == "posted" and not move.isp_paid_on
            )
        )
        if fresh:
            fresh.sudo().isp_paid_on = fields.Datetime.now()
            fresh._isp_on_invoice_paid()

    def _isp_on_invoice_paid(self):
        """Hook: these customer invoices have just become paid, their periods are settled.

        Called once per transition to paid. Must not call the outside world: enqueue.
        """

    def _isp_on_reset(self):
        """Hook: these invoices were reset to draft or cancelled; their periods follow."""
        self._isp_after_unreconcile()

    def _isp_settle_periods(self):
        """Call `_on_paid` of each subscription with the rows that became paid, once."""
        fresh = self._isp_periods()._isp_mark_paid()
        for (subscription, move), periods in fresh.grouped(
            lambda period: (period.subscription_id, period.move_id)
        ).items():
            subscription._on_paid(periods, move)

    def _isp_after_reconcile(self, payments, cutoffs):
        """Bring ledger, payments and service state up to date with new allocations.

        :param payments: the payments among the reconciled entries
        :param dict cutoffs: cut-off date of each subscription (id) before the reconciliation
        """
        subscriptions = self.sudo().isp_subscription_ids
        if not subscriptions:
            return
        # Odoo does not call its hook for an invoice that only credit notes settled.
        credited = self.filtered(lambda move: move.payment_state == "reversed")
        credited.filtered(lambda move: move._isp_is_settled())._isp_note_paid()
        self._isp_settle_periods()
        subscriptions._isp_invalidate_balances()
        payments.sudo()._isp_note_coverage(cutoffs)
        subscriptions._isp_refresh_service()

    def _isp_after_unreconcile(self):
        """Forget that the invoices were paid when they no longer are."""
        unpaid = self.filtered(
            lambda move: move.isp_paid_on and (move.state == "cancel" or not move._isp_is_settled())
        )
        if unpaid:
            unpaid.sudo().isp_paid_on = False
        periods = self._isp_periods()
        periods._isp_mark_unpaid()
        periods.subscription_id._isp_invalidate_balances()
