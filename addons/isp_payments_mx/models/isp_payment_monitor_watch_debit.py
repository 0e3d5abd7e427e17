from datetime import timedelta

from odoo import models


class IspPaymentMonitor(models.Model):
    """Direct debits that need people: nobody was told, or nobody could be charged."""

    _inherit = "isp.payment.monitor"

    def _alarm_reasons(self):
        """Extend: charges whose day has passed without their notice, and those to be looked at."""
        reasons = super()._alarm_reasons()
        debits = self.env["isp.card.debit"]
        own = [
            ("company_id", "=", self.company_id.id),
            ("mandate_id.token_id.provider_id", "=", self.provider_id.id),
        ]
        yesterday = self.company_id._isp_today() - timedelta(days=1)
        late = debits.search_count(
            [*own, ("state", "in", ("announced", "retry")), ("next_date", "<", yesterday)]
        )
        if late:
            text = self.env._("Charges by direct debit whose day has passed: %s.")
            reasons.append(text % late)
        unsure = debits.search_count(
            [*own, ("state", "=", "failed"), ("charge_ids.refusal", "=", "unsure")]
        )
        if unsure:
            text = self.env._("Charges by direct debit that a person must look at: %s.")
            reasons.append(text % unsure)
        return reasons
