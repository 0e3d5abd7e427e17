from odoo import api, fields, models
from odoo.exceptions import UserError

from ..services.money import settle_fifo


class IspSubscriptionPeriod(models.Model):
    """Ledger of a subscription: one row per period, whatever happens around it."""

    _name = "isp.subscription.period"
    _description = "Period of a subscription"
    _order = "subscription_id, date_start desc"
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
    date_start = fields.Date(string="From", required=True, index=True)
    date_end = fields.Date(string="Until", required=True, help="First day of the next period.")
    plan_id = fields.Many2one("product.template", required=True, ondelete="restrict")
    amount_total = fields.Monetary(string="Total", help="Price of the period, with tax.")
    amount_paid = fields.Monetary(string="Paid", compute="_compute_settlement", store=True)
    amount_open = fields.Monetary(string="Open", compute="_compute_settlement", store=True)
    state = fields.Selection(
        [("billed", "Billed"), ("paid", "Paid"), ("void", "Void")],
        compute="_compute_settlement",
        store=True,
        index=True,
    )
    paid_at = fields.Datetime(readonly=True, help="When the period became fully paid (UTC).")
    move_line_id = fields.Many2one("account.move.line", index="btree_not_null", readonly=True)
    move_id = fields.Many2one(
        related="move_line_id.move_id", string="Invoice", store=True, index="btree_not_null"
    )

    _subscription_start_uniq = models.Constraint(
        "UNIQUE(subscription_id, date_start)", "This period of the service is already billed."
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_end > date_start)", "A period must end after it starts."
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id.name", "date_start", "date_end")
    def _compute_display_name(self):
        for period in self:
            period.display_name = (
                f"{period.subscription_id.name} {period.date_start} – {period.date_end}"
            )

    @api.depends(
        "amount_total",
        "move_line_id.move_id.state",
        "move_line_id.move_id.payment_state",
        "move_line_id.move_id.amount_total",
        "move_line_id.move_id.amount_residual",
    )
    def _compute_settlement(self):
        """Derive the row from its invoice; money settles the oldest line of an invoice first."""
        for move, periods in self.grouped(lambda period: period.move_line_id.move_id).items():
            if not move or move.state == "cancel" or move.payment_state == "reversed":
                periods.update({"state": "void", "amount_paid": 0.0, "amount_open": 0.0})
                continue
            settled = move._isp_settled_by_period()
            for period in periods:
                paid = settled.get(period._origin.id or period.id, 0.0)
                period.amount_paid = paid
                period.amount_open = period.amount_total - paid
                covered = period.currency_id.is_zero(period.amount_open)
                period.state = "paid" if covered else "billed"

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The ledger keeps its rows: cancel the invoice instead."))

    # === BUSINESS METHODS === #

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
