from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import SUSPENSION_REASONS


class IspSuspension(models.Model):
    """One time without service and its reconnection clock (all moments UTC)."""

    _name = "isp.suspension"
    _description = "Suspension of a service"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "isp.subscription", required=True, index=True, ondelete="cascade", check_company=True
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    reason = fields.Selection(SUSPENSION_REASONS, required=True)
    date_from = fields.Datetime(string="From", required=True, default=fields.Datetime.now)
    date_to = fields.Datetime(string="Until", help="Empty while the service is suspended.")
    amount_due = fields.Monetary(help="Overdue amount at the moment of the cut.")
    note = fields.Text(groups="isp_subscription.group_isp_readonly")
    reactivated_by = fields.Char(help="What ended the suspension.")
    fee_move_id = fields.Many2one(
        "account.move", string="Reconnection fee", readonly=True, index="btree_not_null"
    )
    fee_due = fields.Boolean(
        string="Fee to charge", readonly=True, help="Reconnected; the fee is about to be charged."
    )

    # The clock: from the money to the light on the router.
    paid_at = fields.Datetime(
        string="Debt gone at", readonly=True, help="When the ledger learned that it was paid."
    )
    reactivated_at = fields.Datetime(
        string="Reactivated at", readonly=True, help="When the service was ordered on again."
    )
    network_confirmed_at = fields.Datetime(
        string="Service restored at", readonly=True, help="When the network confirmed it."
    )
    deadline = fields.Datetime(
        string="Legal limit",
        compute="_compute_clock",
        store=True,
        help="Latest moment of the reconnection by law.",
    )
    seconds_to_restore = fields.Integer(
        string="Seconds to restore",
        compute="_compute_clock",
        store=True,
        aggregator="avg",
        help="From the moment the debt was gone to the confirmed service.",
    )
    is_late = fields.Boolean(
        string="Past the legal limit", compute="_compute_is_late", search="_search_is_late"
    )

    _one_open = models.UniqueIndex(
        "(subscription_id) WHERE date_to IS NULL",
        "A service cannot be suspended twice at the same time.",
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "A suspension cannot end before it begins.",
    )
    # The clocks that are running, asked for every hour.
    _clock_running = models.Index(
        "(company_id, deadline) WHERE paid_at IS NOT NULL AND network_confirmed_at IS NULL"
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id.name", "date_from")
    def _compute_display_name(self):
        for suspension in self:
            day = fields.Date.to_string(suspension.date_from) if suspension.date_from else ""
            suspension.display_name = f"{suspension.subscription_id.name} {day}"

    @api.depends("paid_at", "network_confirmed_at")
    def _compute_clock(self):
        for suspension in self:
            paid, confirmed = suspension.paid_at, suspension.network_confirmed_at
            hours = suspension.company_id.isp_legal_reconnect_hours
            suspension.deadline = paid and paid + timedelta(hours=hours)
            seconds = (confirmed - paid).total_seconds() if paid and confirmed else 0
            suspension.seconds_to_restore = max(int(seconds), 0)

    @api.depends("deadline", "network_confirmed_at")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for suspension in self:
            end = suspension.network_confirmed_at or now
            suspension.is_late = bool(suspension.deadline and end > suspension.deadline)

    def _search_is_late(self, operator, value):
        if operator not in ("in", "not in") or list(value) != [True]:
            return NotImplemented
        now = fields.Datetime.now()
        late = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "COALESCE(%s, %s) > %s",
                SQL.identifier(alias, "network_confirmed_at"),
                now,
                SQL.identifier(alias, "deadline"),
            )
        )
        with_limit = Domain("deadline", "!=", False) & late
        return with_limit if operator == "in" else ~with_limit
