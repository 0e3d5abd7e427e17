from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..services.money import settle_fifo
from ..services.periods import reference_period


class IspSubscriptionPeriod(models.Model):
    """Ledger of a subscription: rows of half-open days that never overlap.

    A ``service`` row was billed by an invoice line. Rows of other kinds are days off: without
    service and without a bill. A row is never deleted: when its invoice is cancelled or all of
    it is credited it stays as ``void`` and frees its days, for which a new row is made. When
    only some days are credited the row shrinks to the days that are left.
    """

    _name = "isp.subscription.period"
    _description = "Period of a subscription"
    _order = "subscription_id, date_start desc, id desc"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "isp.subscription", required=True, index=True, ondelete="restrict", check_company=True
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    zone_id = fields.Many2one(related="subscription_id.zone_id", store=True)
    kind = fields.Selection(
        [("service", "Service"), ("pause", "Pause"), ("skip", "Not billed")],
        default="service",
        required=True,
    )
    date_start = fields.Date(string="From", required=True, index=True)
    date_end = fields.Date(string="Until", required=True, help="First day of the next period.")
    anchor_day = fields.Integer(
        string="Cut-off day", help="When the period was billed; 0 means the present one."
    )
    plan_id = fields.Many2one("product.template", required=True, ondelete="restrict")
    price = fields.Monetary(string="Monthly price", help="With tax, when the period was billed.")
    amount_billed = fields.Monetary(string="Billed", help="By the invoice line, with tax.")
    amount_credited = fields.Monetary(
        string="Credited",
        compute="_compute_amounts",
        store=True,
        help="Days given back by credit notes, with tax.",
    )
    amount_total = fields.Monetary(
        string="Total",
        compute="_compute_amounts",
        store=True,
        help="Billed less credited.",
    )
    amount_paid = fields.Monetary(string="Paid", compute="_compute_settlement", store=True)
    amount_open = fields.Monetary(string="Open", compute="_compute_settlement", store=True)
    state = fields.Selection(
        [("billed", "Billed"), ("paid", "Paid"), ("void", "Void"), ("off", "Without service")],
        compute="_compute_settlement",
        store=True,
        index=True,
    )
    is_void = fields.Boolean(string="Freed", readonly=True, help="Days off that were taken back.")
    paid_at = fields.Datetime(readonly=True, help="When the period became fully paid (UTC).")
    move_line_id = fields.Many2one("account.move.line", index="btree_not_null", readonly=True)
    move_id = fields.Many2one(
        related="move_line_id.move_id", string="Invoice", store=True, index="btree_not_null"
    )
    credit_line_ids = fields.One2many(
        "account.move.line", "isp_credited_period_id", string="Credit notes", readonly=True
    )
    payment_ids = fields.Many2many("account.payment", compute="_compute_payment_ids")
    suspension_id = fields.Many2one("isp.suspension", index="btree_not_null", readonly=True)

    _subscription_start_uniq = models.UniqueIndex(
        "(subscription_id, date_start) WHERE state != 'void'",
        "This period of the service is already billed.",
    )
    # int4range instead of "=": it needs no extension of PostgreSQL.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(subscription_id, subscription_id, '[]') WITH &&,"
        " daterange(date_start, date_end) WITH &&) WHERE (state != 'void')",
        "These days of the service are already billed or off.",
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_end > date_start)", "A period must end after it starts."
    )
    _credit_within_bill = models.Constraint(
        "CHECK(amount_credited <= amount_billed)", "More cannot be credited than was billed."
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id.name", "date_start", "date_end")
    def _compute_display_name(self):
        for period in self:
            period.display_name = (
                f"{period.subscription_id.name} {period.date_start} – {period.date_end}"
            )

    @api.depends("amount_billed", "credit_line_ids.price_total", "credit_line_ids.parent_state")
    def _compute_amounts(self):
        for period in self:
            lines = period.credit_line_ids.filtered(lambda line: line.parent_state == "posted")
            period.amount_credited = sum(lines.mapped("price_total"))
            period.amount_total = period.amount_billed - period.amount_credited

    @api.depends(
        "kind",
        "is_void",
        "amount_total",
        "move_line_id.move_id.state",
        "move_line_id.move_id.payment_state",
        "move_line_id.move_id.amount_total",
        "move_line_id.move_id.amount_residual",
    )
    def _compute_settlement(self):
        """Derive the row from its invoice; money settles the oldest days of an invoice first."""
        off = self.filtered(lambda period: period.kind != "service")
        for period in off:
            state = "void" if period.is_void else "off"
            period.update({"state": state, "amount_paid": 0.0, "amount_open": 0.0})
        rows = self - off
        for move, periods in rows.grouped(lambda period: period.move_line_id.move_id).items():
            if not move or move.state == "cancel" or move._isp_is_reversed():
                periods.update({"state": "void", "amount_paid": 0.0, "amount_open": 0.0})
                continue
            settled = move._isp_settled_by_period()
            for period in periods:
                paid = settled.get(period._origin.id or period.id, 0.0)
                period.amount_paid = paid
                period.amount_open = period.amount_total - paid
                period.state = period._isp_settlement_state()

    def _isp_settlement_state(self):
        """Return the state of a billed row: nothing left of it, nothing open, or open."""
        self.ensure_one()
        if self.amount_credited and self.currency_id.is_zero(self.amount_total):
            return "void"
        return "paid" if self.currency_id.is_zero(self.amount_open) else "billed"

    @api.depends("move_id", "amount_paid")
    def _compute_payment_ids(self):
        for period in self:
            receivable = period.move_id.sudo().line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
            credits = receivable.matched_credit_ids.credit_move_id
            period.payment_ids = credits.move_id.origin_payment_id

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The ledger keeps its rows: cancel the invoice instead."))

    # === BUSINESS METHODS === #

    def _isp_taken_by(self):
        """Return a live row for days of this freed one, if they were taken again meanwhile."""
        self.ensure_one()
        return self.subscription_id.period_ids.filtered(
            lambda live: (
                live.state != "void"
                and live.date_start < self.date_end
                and live.date_end > self.date_start
            )
        )[:1]

    def _isp_reference_days(self):
        """Return the days of the month that ``price`` paid, whatever cut-off day came later."""
        self.ensure_one()
        anchor = self.anchor_day or self.subscription_id.anchor_day
        return reference_period(self.date_start, anchor).days

    def _isp_mark_paid(self):
        """Stamp the rows that have just become paid and return them; safe to repeat."""
        fresh = self.filtered(lambda period: period.state == "paid" and not period.paid_at)
        if fresh:
            fresh.write({"paid_at": fields.Datetime.now()})
        return fresh

    def _isp_mark_unpaid(self):
        """Clear the stamp of rows that are no longer paid."""
        stale = self.filtered(lambda period: period.state != "paid" and period.paid_at)
        if stale:
            stale.write({"paid_at": False})

    @api.model
    def _isp_spread(self, settled, dues):
        """Return the floats of `settle_fifo`, for the ORM."""
        return [float(part) for part in settle_fifo(settled, dues)]

    def _isp_free_off_days(self, date):
        """Take days off back from ``date`` on: they are billed again, earlier ones stay off."""
        for period in self.sudo().filtered(lambda row: row.state == "off" and row.date_end > date):
            if period.date_start >= date:
                period.is_void = True
            else:
                period.date_end = date
        self.flush_recordset()

    def _isp_link_lines(self):
        """Let the invoice lines know their rows: one statement for all of them.

        A link touches nothing that Odoo checks line by line when journal items are written.
        """
        lines = self.move_line_id
        self.flush_recordset(["move_line_id"])
        lines.flush_recordset(["isp_period_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE account_move_line SET isp_period_id = period.id"
                " FROM isp_subscription_period period"
                " WHERE period.move_line_id = account_move_line.id AND period.id IN %s",
                tuple(self.ids),
            )
        )
        lines.invalidate_recordset(["isp_period_id"], flush=False)
