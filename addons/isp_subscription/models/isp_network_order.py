import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..exceptions import OutboxReject, OutboxRetry

ACTIVITY = "isp_subscription.mail_activity_network"
OPEN_STATES = ("draft", "ready", "sent", "unknown", "error")
CRON_SECONDS = 50
CRON_LIMIT = 200


class IspNetworkOrder(models.Model):
    """What the network must do for one service; the newest order of a service is the valid one."""

    _name = "isp.network.order"
    _description = "Order to the network"
    _inherit = ["isp.outbox.mixin"]
    _outbox_lease = timedelta(minutes=2)  # a driver gives up long before
    _order = "id desc"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "isp.subscription", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    driver = fields.Char(required=True, readonly=True)
    desired = fields.Selection(
        [("on", "On"), ("off", "Off")], string="Desired state", required=True, readonly=True
    )
    plan_id = fields.Many2one("product.template", readonly=True)
    down_mbps = fields.Float(string="Download (Mbit/s)", readonly=True)
    up_mbps = fields.Float(string="Upload (Mbit/s)", readonly=True)
    reason = fields.Char(readonly=True)
    done_at = fields.Datetime(string="Confirmed at", readonly=True)
    outbox_state = fields.Selection(
        selection_add=[("superseded", "Superseded")], ondelete={"superseded": "set default"}
    )

    _open_by_service = models.Index(
        "(subscription_id, id) WHERE outbox_state IN ('draft', 'ready', 'sent', 'unknown')"
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id.name", "desired")
    def _compute_display_name(self):
        labels = dict(self._fields["desired"]._description_selection(self.env))
        for order in self:
            order.display_name = f"{order.subscription_id.name} → {labels.get(order.desired, '')}"

    # === ACTION METHODS === #

    def action_retry(self):
        """Try a refused order again; one that is superseded stays so."""
        self.subscription_id._isp_check_role("technician", "billing")
        if any(order.outbox_state == "superseded" for order in self):
            raise UserError(self.env._("A newer order replaced this one."))
        waiting = self.sudo().filtered(lambda order: order.outbox_state in ("ready", "unknown"))
        waiting.next_attempt_at = fields.Datetime.now()
        self.sudo()._outbox_set_ready()
        self._isp_wake_up()

    # === OUTBOX HOOKS === #

    def _outbox_process_one(self):
        """Extend: none that a newer one replaced, and one order of a service at a time.

        An older order that is being sent could reach the device after this one: this one waits
        until it is answered or its lease is over.
        """
        self.ensure_one()
        if self._isp_newer():
            self._outbox_lock().filtered_domain(self._outbox_due_domain())._isp_supersede()
            self._outbox_commit()
            return True
        if self._isp_older_under_way():
            return False
        return super()._outbox_process_one()

    def _outbox_attempt(self, interrupted):
        """Extend: the order that waited for the answer of this one has its turn at once."""
        res = super()._outbox_attempt(interrupted)
        if self._isp_newer():
            self._isp_wake_up()
        return res

    def _outbox_call(self):
        """Extend: ask the driver."""
        return self._isp_driver()._isp_apply(self)

    def _outbox_recover(self):
        """Extend: read the device; what it does not do yet is ordered again."""
        answer = self._isp_driver()._isp_read(self.subscription_id)
        return answer if self._isp_is_done(answer) else None

    def _outbox_store(self, answer):
        """Extend: the network follows; the reconnection clock stops."""
        self.write({"done_at": fields.Datetime.now()})
        self.subscription_id._isp_network_follows(answer["state"])
        self.subscription_id.activity_unlink([ACTIVITY])

    def _outbox_note(self, state, error, code=False):
        """Extend: somebody is told when it goes on failing or was refused."""
        super()._outbox_note(state, error, code)
        attempts = self.company_id.isp_network_alarm_attempts
        if state == "error" or self.attempts >= attempts:
            self.subscription_id.network_state = "error"
            text = self.env._(
                "The network did not obey after %(attempts)s attempts: %(error)s",
                attempts=self.attempts,
                error=self.last_error,
            )
            self.subscription_id._isp_alarm(ACTIVITY, text)

    # === BUSINESS METHODS === #

    def _isp_driver(self):
        """Return the driver of the order.

        :raise OutboxReject: when its addon is gone
        """
        self.ensure_one()
        driver = self.env["isp.network.driver"]._isp_get(self.driver)
        if driver is None:
            raise OutboxReject("driver", self.env._("The driver %s is gone.", self.driver))
        return driver

    def _isp_is_done(self, answer):
        """Return whether what the device says is what the order asks for."""
        self.ensure_one()
        if answer["state"] != self.desired:
            return False
        return self.desired == "off" or all(
            answer.get(name) in (None, self[name]) for name in ("down_mbps", "up_mbps")
        )

    def _isp_matches(self, wish):
        """Return whether this order asks for ``wish`` and is under way or was carried out."""
        self.ensure_one()
        same = all(
            (self[name].id if name == "plan_id" else self[name]) == value
            for name, value in wish.items()
        )
        return same and self.outbox_state in ("ready", "sent", "unknown", "done")

    def _isp_newer(self):
        """Return the newest order of the service when it is not this one."""
        self.ensure_one()
        newest = self.search(
            [("subscription_id", "=", self.subscription_id.id)], order="id desc", limit=1
        )
        return newest - self

    def _isp_older_under_way(self):
        """Return the older orders of the service that a worker is sending at this moment."""
        self.ensure_one()
        return self.search(
            [
                ("subscription_id", "=", self.subscription_id.id),
                ("id", "<", self.id),
                ("outbox_state", "=", "sent"),
                ("next_attempt_at", ">", fields.Datetime.now()),
            ]
        )

    def _isp_supersede(self):
        """Close orders that a newer one replaced."""
        if self:
            self.write({"outbox_state": "superseded", "next_attempt_at": False})

    @api.model
    def _isp_wake_up(self):
        """Have the orders carried out within seconds."""
        self.env.ref("isp_subscription.ir_cron_network_orders").sudo()._trigger()

    # === CRON === #

    @api.model
    def _cron_process(self):
        """Carry out the orders that are due; woken up by each new one."""
        handled = self.sudo()._outbox_process(
            limit=CRON_LIMIT, deadline=time.monotonic() + CRON_SECONDS
        )
        due = self.sudo().search_count(self._outbox_due_domain(), limit=CRON_LIMIT)
        self.env["ir.cron"]._commit_progress(handled, remaining=due if handled else 0)

    @api.model
    def _cron_reconcile(self, limit=500):
        """Compare what the devices do with what they should, the longest unread first.

        Nothing is locked while a device is asked; each service has its own commit.
        """
        subscriptions = self.env["isp.subscription"].sudo()
        for subscription in subscriptions._isp_to_reconcile(limit):
            try:
                answer = subscription._isp_read_network()
            except (OutboxRetry, OutboxReject) as error:
                answer = None
                subscription._isp_note_unread(error)
            if answer:
                subscription._isp_reconcile(answer)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _outbox_due_domain(self):
        """Extend: never the superseded ones."""
        return super()._outbox_due_domain() & Domain("outbox_state", "!=", "superseded")
