from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

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
        res = super().button_draft()
        self._isp_on_reset()
        return res

    def button_cancel(self):
        """Extend `account`: a cancelled invoice frees its periods."""
        res = super().button_cancel()
        self._isp_on_reset()
        return res

    # === BUSINESS METHODS === #

    def _post(self, soft=True):
        """Extend `account`: a period that was billed again meanwhile is never billed twice."""
        self._isp_check_periods_free()
        return super()._post(soft)

    def _isp_check_periods_free(self):
        for line in self.line_ids.filtered("isp_period_id"):
            period = line.isp_period_id.sudo()
            if period.move_line_id != line and line.move_id.move_type == "out_invoice":
                raise UserError(
                    self.env._(
                        "The period %(period)s is already billed by %(invoice)s.",
                        period=period.display_name,
                        invoice=period.move_id.name or self.env._("another invoice"),
                    )
                )

    def _isp_periods(self):
        """Return the ledger rows that these invoices bill."""
        return self.env["isp.subscription.period"].sudo().search([("move_id", "in", self.ids)])

    def _isp_settled_by_period(self):
        """Return ``{period id: amount settled}``: the oldest period of the invoice first."""
        self.ensure_one()
        periods = self.line_ids.isp_period_id.sorted("date_start")
        if self.payment_state in PAID_STATES:
            return {period.id: period.amount_total for period in periods}
        # Allocations survive a reset to draft, so a draft counts like a posted invoice.
        settled = self.amount_total - self.amount_residual
        parts = periods._isp_spread(settled, periods.mapped("amount_total"))
        return dict(zip(periods.ids, parts, strict=True))

    def _invoice_paid_hook(self):
        """Extend `account`: settle the ledger, then tell the extensions, once per transition.

        Odoo calls this when an invoice becomes "in payment" and again when it becomes "paid";
        `isp_paid_on` makes the second call, and any repetition, harmless.
        """
        res = super()._invoice_paid_hook()
        self._isp_settle_periods()
        fresh = self.filtered(
            lambda move: (
                move.move_type == "out_invoice" and move.state == "posted" and not move.isp_paid_on
            )
        )
        if fresh:
            fresh.sudo().isp_paid_on = fields.Datetime.now()
            fresh._isp_on_invoice_paid()
        return res

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
        self._isp_settle_periods()
        subscriptions._isp_invalidate_balances()
        payments.sudo()._isp_note_coverage(subscriptions, cutoffs)
        subscriptions._isp_refresh_service()

    def _isp_after_unreconcile(self):
        """Forget that the invoices were paid when they no longer are."""
        unpaid = self.filtered(
            lambda move: (
                move.isp_paid_on
                and (move.state == "cancel" or move.payment_state not in PAID_STATES)
            )
        )
        if unpaid:
            unpaid.sudo().isp_paid_on = False
        periods = self._isp_periods()
        periods._isp_mark_unpaid()
        periods.subscription_id._isp_invalidate_balances()
