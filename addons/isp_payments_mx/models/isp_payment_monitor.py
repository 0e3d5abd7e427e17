from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import const

WAITING = ("ready", "sent", "unknown")
SHOWN = 40


class IspPaymentMonitor(models.Model):
    """How an Openpay account is doing: its messages, what waits, what went wrong.

    One row per account. A job looks every few minutes, keeps one open activity while something
    is wrong, and closes it by itself.
    """

    _name = "isp.payment.monitor"
    _description = "Operations of online payments"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _mail_post_access = "read"
    _rec_name = "account_name"

    provider_id = fields.Many2one(
        "payment.provider", string="Account", required=True, readonly=True, ondelete="cascade"
    )
    account_name = fields.Char(string="Account name", compute="_compute_account", compute_sudo=True)
    account_state = fields.Selection(
        [("disabled", "Disabled"), ("enabled", "Enabled"), ("test", "Test mode")],
        string="Account state",
        compute="_compute_account",
        compute_sudo=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    checked_at = fields.Datetime(string="Looked at", readonly=True)
    silent_since = fields.Datetime(
        readonly=True, help="Openpay made a charge at this moment and sent no message about it."
    )
    stuck_count = fields.Integer(string="Waiting too long", readonly=True)
    failed_count = fields.Integer(string="Left to people", readonly=True)
    is_alarm = fields.Boolean(string="Alarm", readonly=True)
    reconciled_at = fields.Datetime(string="Compared with Openpay", readonly=True)
    reconcile_note = fields.Char(string="Result of the comparison", readonly=True)

    last_event_at = fields.Datetime(
        string="Last message", compute="_compute_events", compute_sudo=True
    )
    last_event_type = fields.Char(
        string="Type of the last message", compute="_compute_events", compute_sudo=True
    )
    event_ids = fields.Many2many(
        "isp.payment.event",
        string="Messages to look at",
        compute="_compute_events",
        compute_sudo=True,
        help="The newest ones that wait, or that are left to people.",
    )
    waiting_event_count = fields.Integer(
        string="Messages waiting", compute="_compute_events", compute_sudo=True
    )
    unannounced_count = fields.Integer(
        string="Payments without message",
        compute="_compute_unannounced_count",
        compute_sudo=True,
        help="Payments of the last 7 days that were found by asking.",
    )
    waiting_charge_count = fields.Integer(
        string="Requests waiting", compute="_compute_charges", compute_sudo=True
    )
    refused_charge_count = fields.Integer(
        string="Requests refused",
        compute="_compute_charges",
        compute_sudo=True,
        help="Of the last 7 days. Whoever asked was told.",
    )
    pending_voucher_count = fields.Integer(
        string="References out", compute="_compute_charges", compute_sudo=True
    )

    _provider_uniq = models.Constraint("UNIQUE(provider_id)", "The account is watched already.")

    # === COMPUTE METHODS === #

    @api.depends("provider_id.name", "provider_id.state")
    def _compute_account(self):
        for monitor in self:
            monitor.account_name = monitor.provider_id.name
            monitor.account_state = monitor.provider_id.state

    def _compute_events(self):
        events = self.env["isp.payment.event"]
        for monitor in self:
            own = [("provider_id", "=", monitor.provider_id.id)]
            last = events.search(
                [*own, ("is_found", "=", False)], order="received_at desc, id desc", limit=1
            )
            monitor.last_event_at = last.received_at
            monitor.last_event_type = last.event_type
            waiting = [*own, ("outbox_state", "in", WAITING)]
            monitor.waiting_event_count = events.search_count(waiting)
            failed = events.search(monitor._failed_domain(), limit=SHOWN)
            monitor.event_ids = failed | events.search(waiting, limit=SHOWN - len(failed))

    def _compute_charges(self):
        week = fields.Datetime.now() - timedelta(days=7)
        for monitor in self:
            own = [("provider_id", "=", monitor.provider_id.id)]
            waiting = [*own, ("outbox_state", "in", WAITING)]
            refused = [*own, ("outbox_state", "=", "error"), ("create_date", ">=", week)]
            models_ = [self.env[name] for name, _field in self._charge_models()]
            monitor.waiting_charge_count = sum(model.search_count(waiting) for model in models_)
            monitor.refused_charge_count = sum(model.search_count(refused) for model in models_)
            monitor.pending_voucher_count = self.env["isp.payment.voucher"].search_count(
                [*own, ("state", "=", "pending")]
            )

    def _compute_unannounced_count(self):
        for monitor in self:
            monitor.unannounced_count = len(monitor._unannounced_ids())

    def _unannounced_ids(self):
        """Return the ids of the transactions of 7 days that no message told us about."""
        self.env["payment.transaction"].flush_model()
        self.env["isp.payment.event"].flush_model()
        query = SQL(
            """
            SELECT tx.id
              FROM payment_transaction tx
             WHERE tx.provider_id = %s
               AND tx.state = 'done'
               AND tx.openpay_charge_id IS NOT NULL
               AND tx.isp_paid_at BETWEEN %s AND %s
               AND NOT EXISTS (
                   SELECT 1 FROM isp_payment_event event
                    WHERE event.charge_id = tx.openpay_charge_id
                      AND event.event_type = 'charge.succeeded'
                      AND event.is_found IS NOT TRUE)
             LIMIT 1000
            """,
            self.provider_id.id,
            fields.Datetime.now() - timedelta(days=7),
            # a message that is still on its way is not missing
            fields.Datetime.now() - timedelta(minutes=const.MESSAGE_MINUTES),
        )
        return [tx_id for (tx_id,) in self.env.execute_query(query)]

    # === HELPERS === #

    @api.model
    def _charge_models(self):
        """Return the models with charges at Openpay, each with the field of their moment."""
        return [
            ("isp.payment.voucher", "charge_created"),
            ("isp.card.charge", "charge_created"),
            ("isp.payment.refund", "given_at"),
        ]

    def _failed_domain(self):
        """Return the domain of the messages that are left to people."""
        return [
            ("provider_id", "=", self.provider_id.id),
            ("outbox_state", "=", "error"),
            ("is_settled", "=", False),
        ]

    @api.model
    def _ensure(self):
        """Return the monitors of all accounts that have keys, made if need be."""
        providers = self.env["payment.provider"].search([("code", "=", const.PROVIDER)])
        providers = providers.filtered("openpay_private_key")
        missing = providers - self.search([("provider_id", "in", providers.ids)]).provider_id
        for provider in missing:
            # two jobs may begin at the same moment
            self.env.cr.execute(
                SQL(
                    "INSERT INTO isp_payment_monitor (provider_id, company_id, create_date)"
                    " VALUES (%s, %s, now() AT TIME ZONE 'UTC')"
                    " ON CONFLICT (provider_id) DO NOTHING",
                    provider.id,
                    provider.company_id.id,
                ),
                log_exceptions=False,
            )
        return self.search([("provider_id", "in", providers.ids)])
