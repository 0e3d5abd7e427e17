import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import LIVE_STATES
from ..exceptions import OutboxReject, OutboxRetry
from ..isolation import reason_of
from .isp_network_order import OPEN_STATES

_logger = logging.getLogger(__name__)


class IspSubscription(models.Model):
    """The desired state of the network, and how it gets there."""

    _inherit = "isp.subscription"

    network_order_ids = fields.One2many("isp.network.order", "subscription_id", readonly=True)
    network_read_at = fields.Datetime(
        string="Network read at", readonly=True, copy=False, help="Last answer of the device."
    )

    # === BUSINESS METHODS: ORDER === #

    def _network_apply(self):
        """Bring the network to ``network_desired_state`` at the speeds of the plan.

        Without a driver the network is taken to follow at once, in this transaction. With one an
        order is stored here and carried out after the commit, within seconds.
        """
        for subscription in self.sudo():
            code = subscription._isp_network_driver_code()
            if self.env["isp.network.driver"]._isp_get(code) is None:
                subscription._isp_network_follows(subscription.network_desired_state)
            else:
                subscription._isp_order_network(code)

    def _isp_network_driver_code(self):
        """Return the code of the driver: of the zone, else of the company."""
        self.ensure_one()
        return self.zone_id.network_driver or self.company_id.isp_network_driver

    def _isp_order_network(self, code, reason=False):
        """Store the order that replaces those before it; nothing when it was ordered already."""
        self.ensure_one()
        plan = self.plan_id
        wish = {
            "driver": code,
            "desired": self.network_desired_state,
            "plan_id": plan.id,
            "down_mbps": plan.isp_down_mbps,
            "up_mbps": plan.isp_up_mbps,
        }
        orders = self.env["isp.network.order"].sudo()
        newest = orders.search([("subscription_id", "=", self.id)], order="id desc", limit=1)
        if newest and newest._isp_matches(wish) and not reason:
            return newest
        # One being sent is left to its worker, which sees that it was replaced.
        open_orders = orders.search(
            [("subscription_id", "=", self.id), ("outbox_state", "in", ("draft", "ready", "error"))]
        )
        open_orders._isp_supersede()
        order = orders.create(
            {
                **wish,
                "subscription_id": self.id,
                "company_id": self.company_id.id,
                "reason": reason,
                # The service is locked by its change of state, so the number cannot be taken.
                "idempotency_key": f"network-{self.id}-{newest.id + 1 if newest else 1}",
            }
        )
        order._outbox_set_ready()
        order._isp_wake_up()
        return order

    # === BUSINESS METHODS: ANSWER === #

    def _isp_network_follows(self, state):
        """Write what the network does now; the reconnection clock stops when the service is on."""
        for subscription in self.sudo():
            if subscription.network_state != state:
                subscription.network_state = state
            if state == "on":
                subscription.suspension_ids._isp_note_confirmed()

    def _isp_alarm(self, xmlid, text):
        """Give somebody one activity of this type, with the newest text."""
        self.ensure_one()
        open_activity = self.activity_search([xmlid])
        if open_activity:
            open_activity.write({"note": text})
            return
        user = self.create_uid if self.create_uid._is_internal() else self.env.user
        today = self.company_id._isp_today()
        self.activity_schedule(xmlid, note=text, user_id=user.id, date_deadline=today)

    # === BUSINESS METHODS: RECONCILE === #

    @api.model
    def _isp_to_reconcile(self, limit):
        """Return the live services with a driver and without an order under way."""
        domain = Domain("state", "in", LIVE_STATES) & Domain(
            "network_order_ids", "not any", [("outbox_state", "in", ("ready", "sent", "unknown"))]
        )
        no_own = Domain("zone_id", "=", False) | Domain("zone_id.network_driver", "=", False)
        with_driver = Domain("zone_id.network_driver", "not in", (False, "none")) | (
            no_own & Domain("company_id.isp_network_driver", "!=", "none")
        )
        return self.search(
            domain & with_driver, order="network_read_at NULLS FIRST, id", limit=limit
        )

    def _isp_read_network(self):
        """Return what the device says, None without a driver; nothing is written here.

        :raise OutboxRetry, OutboxReject: it did not answer, or its driver failed in any way
        """
        self.ensure_one()
        driver = self.env["isp.network.driver"]._isp_get(self._isp_network_driver_code())
        try:
            return driver._isp_read(self) if driver is not None else None
        except (OutboxRetry, OutboxReject, OperationalError):
            raise
        except Exception as error:  # one strange device must never stop the others
            raise OutboxRetry(reason_of(error)) from error

    def _isp_note_unread(self, error):
        """Remember that the device was asked in vain, so that the others have their turn."""
        self.ensure_one()
        _logger.info("Network of %s cannot be read: %s", self.name, error)
        self.network_read_at = fields.Datetime.now()

    def _isp_reconcile(self, answer):
        """Order again what the device does not do; ``answer`` is that of the driver."""
        self.ensure_one()
        self.network_read_at = fields.Datetime.now()
        wish = self.network_order_ids[:1]
        follows = answer["state"] == self.network_desired_state
        if follows and (not wish or wish._isp_is_done(answer)):
            self._isp_network_follows(answer["state"])
            return
        if wish.outbox_state in OPEN_STATES:
            return  # under way, or refused: a person was told
        self.network_state = answer["state"]
        text = self.env._("The device was found %s", answer["state"])
        self._isp_order_network(self._isp_network_driver_code(), text)
