from odoo import api, fields, models
from odoo.exceptions import AccessError

from .isp_payment_monitor import WAITING

#: One per account and company: shown one by one, or as a list.
MOST_MONITORS = 200
WORKERS = (
    "isp_payments_mx.cron_process_events",
    "isp_payments_mx.cron_send_vouchers",
    "isp_payments_mx.cron_sweep_vouchers",
    "isp_payments_mx.cron_card_charges",
)


class IspPaymentMonitor(models.Model):
    """Buttons of the page of operations."""

    _inherit = "isp.payment.monitor"

    @api.model
    def action_open(self):
        """Menu: the page of the account, or the list when there are several."""
        self._check_billing()
        self.sudo()._ensure()
        monitors = self.search([], limit=MOST_MONITORS)
        monitors.sudo()._refresh_counts()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_payment_monitor_action"
        )
        if len(monitors) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=monitors.id)
        return action

    def action_ask(self):
        """Button: work now on what waits, ask about every reference, and compare."""
        self.ensure_one()
        self._check_billing()
        monitor_sudo = self.sudo()
        now = fields.Datetime.now()
        own = [("provider_id", "=", monitor_sudo.provider_id.id)]
        waiting = [*own, ("outbox_state", "in", WAITING), ("next_attempt_at", ">", now)]
        for name, _field in [("isp.payment.event", ""), *self._charge_models()]:
            rows = monitor_sudo.env[name].search(waiting)
            # a call that may be under way keeps its time
            rows.filtered(lambda row: row.last_error).next_attempt_at = now
        self._ask_pending(monitor_sudo, own, now)
        for worker in WORKERS:
            monitor_sudo.env.ref(worker)._trigger()
        monitor_sudo.env.ref("isp_payments_mx.cron_reconcile_payments")._trigger()
        return self._told_later()

    @api.model
    def _ask_pending(self, monitor_sudo, own, now):
        """Have every reference that is out asked about at the next turn of its worker."""
        vouchers_sudo = monitor_sudo.env["isp.payment.voucher"]
        vouchers_sudo.search(
            [*own, ("state", "=", "pending"), ("next_check_at", ">", now)]
        ).next_check_at = now

    def action_retry_failed(self):
        """Button: work again on the messages that are left to people."""
        self.ensure_one()
        self._check_billing()
        events_sudo = self.env["isp.payment.event"].sudo().search(self.sudo()._failed_domain())
        events_sudo._work_again()
        return self._told_later()

    def action_watch(self):
        """Button: look now whether something is wrong."""
        self.ensure_one()
        self._check_billing()
        self.sudo().with_context(lang=self.env.user.lang)._watch()

    def action_view_events(self):
        """Open the messages of the account."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_payment_event_action"
        )
        return {**action, "domain": [("provider_id", "=", self.sudo().provider_id.id)]}

    def action_view_vouchers(self):
        """Open the references of the account."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_payments_mx.isp_payment_voucher_action"
        )
        return {**action, "domain": [("provider_id", "=", self.sudo().provider_id.id)]}

    def action_view_unannounced(self):
        """Open the payments that no message told us about."""
        self.ensure_one()
        self._check_billing()
        ids = self.sudo()._unannounced_ids()
        payments_sudo = self.env["payment.transaction"].sudo().browse(ids).payment_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.account_payment_action_isp"
        )
        return {**action, "domain": [("id", "in", payments_sudo.ids)]}

    def _refresh_counts(self):
        """Look at accounts that the job has not looked at yet."""
        for monitor in self.filtered(lambda row: not row.checked_at):
            monitor._watch()

    def _told_later(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("It is being worked on; look again in a minute."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _check_billing(self):
        """Only billing staff may ask.

        :raise AccessError: for everybody else
        """
        if not self.env.user.has_group("isp_subscription.group_isp_billing"):
            raise AccessError(self.env._("Only billing staff may do this."))
        self.check_access("read")
