from odoo import fields, models
from odoo.exceptions import UserError


class IspPaymentEvent(models.Model):
    """What people do with messages that could not be booked."""

    _inherit = "isp.payment.event"

    is_settled = fields.Boolean(
        string="Settled by hand",
        readonly=True,
        help="Somebody looked: the charge belongs elsewhere, or was booked in another way.",
    )
    settled_by_id = fields.Many2one("res.users", string="Settled by", readonly=True)

    def action_retry(self):
        """Button: work on the selected messages again."""
        self.check_access("write")
        self._work_again()

    def action_settle(self):
        """Button: a manager looked and nothing is left to do.

        :raise UserError: the message is still being worked on
        """
        self.check_access("write")
        if any(event.outbox_state != "error" for event in self):
            raise UserError(self.env._("Only messages that are left to people can be settled."))
        self.sudo().write({"is_settled": True, "settled_by_id": self.env.uid})

    def _work_again(self):
        """Give the worker the messages that it left, at once."""
        events = self.filtered(lambda event: event.charge_id and event.outbox_state != "done")
        events.write(
            {
                "outbox_state": "ready",
                "next_attempt_at": False,
                "attempts": 0,
                "is_settled": False,
                "settled_by_id": False,
            }
        )
        self.env.ref("isp_payments_mx.cron_process_events").sudo()._trigger()
