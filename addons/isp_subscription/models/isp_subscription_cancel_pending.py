from odoo import api, models


class IspSubscription(models.Model):
    """Between the request to cancel and its day: what was off stays off until it may be on."""

    _inherit = "isp.subscription"

    # === COMPUTE METHODS === #

    @api.depends("suspension_ids.date_to")
    def _compute_network_desired_state(self):
        """Extend: a request to cancel does not switch a suspended or paused service on."""
        res = super()._compute_network_desired_state()
        for subscription in self:
            if subscription.state == "cancel_pending" and subscription._isp_is_off():
                subscription.network_desired_state = "off"
        return res

    # === BUSINESS METHODS === #

    def _isp_is_off(self):
        """Return whether a suspension or pause is in force."""
        self.ensure_one()
        return any(not row.date_to for row in self.sudo().suspension_ids)

    def _isp_back_before_end(self):
        """A pause ended while the cancellation waits for its day: the service is on until then."""
        self.ensure_one()
        pending = self.cancellation_ids.filtered(lambda row: row.state == "requested")
        pending.previous_state = "active"
        self._network_apply()

    def _isp_refresh_service(self, date=None):
        """Extend: a payment also brings back a service that was cut and waits for its end."""
        res = super()._isp_refresh_service(date)
        for subscription in self.sudo().exists():
            if subscription.state != "cancel_pending" or subscription._open_reason() != "debt":
                continue
            today = date or subscription.company_id._isp_today()
            situation = subscription._isp_situation(today).get(subscription.id)
            if not subscription._isp_in_debt(situation, today):
                speaking = subscription.with_context(lang=subscription.company_id._isp_lang())
                speaking._isp_note_days_off(today)
                suspension = speaking._isp_open_suspension()
                suspension._isp_note_paid()
                suspension._isp_note_reactivated(speaking.env._("Payment received"))
                speaking._isp_back_before_end()
        return res
