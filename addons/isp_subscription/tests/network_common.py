from odoo import api, models

from ..exceptions import OutboxReject, OutboxRetry, OutboxUnknown

MODEL = "isp.network.driver.fake"


class FakeDriver(models.AbstractModel):
    """A router on the desk: it obeys, is unplugged, loses an answer or refuses, as told.

    What it does and how it behaves is kept per test in ``devices`` and ``mood``.
    """

    _name = MODEL
    _description = "Router on the desk"
    _inherit = ["isp.network.driver"]
    _module = "isp_subscription"

    devices: dict = {}
    mood: list = []
    calls: list = []

    @api.model
    def _isp_apply(self, order):
        self.calls.append((order.id, order.desired, order.outbox_state))
        mood = self.mood.pop(0) if self.mood else "fine"
        if mood == "unplugged":
            raise OutboxRetry("no route to host")
        if mood == "refuses":
            raise OutboxReject("403", "the user is not known")
        if mood == "breaks":
            raise OutboxUnknown("connection reset")
        self.devices[order.subscription_id.id] = {
            "state": order.desired,
            "down_mbps": order.down_mbps,
            "up_mbps": order.up_mbps,
        }
        if mood == "answer lost":
            raise OutboxUnknown("timeout")
        return dict(self.devices[order.subscription_id.id])

    @api.model
    def _isp_read(self, subscription):
        if self.mood and self.mood[0] == "unplugged":
            raise OutboxRetry("no route to host")
        off = {"state": "off", "down_mbps": None, "up_mbps": None}
        return dict(self.devices.get(subscription.id, off))
