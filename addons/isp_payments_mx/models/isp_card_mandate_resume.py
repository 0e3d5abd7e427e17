from odoo import models


class IspCardMandate(models.Model):
    """A direct debit that stood still because of a dispute goes on when the dispute is won."""

    _inherit = "isp.card.mandate"

    def _isp_resume(self):
        """Charge the card again from the next bill on.

        What became due while it stood still was announced for days that have passed: it is not
        charged, because nobody should be charged on another day than he was told.

        :return: why it cannot go on, in words for the staff, or an empty text
        """
        self.ensure_one()
        self.subscription_id._lock_for_settlement()
        today = self.company_id._isp_today()
        if not self.token_id.active:
            return self.env._(
                "Direct debit %s cannot go on: the card is not stored any more.", self.name
            )
        if self.card_expiry and self.card_expiry < today:
            return self.env._("Direct debit %s cannot go on: the card has expired.", self.name)
        late = self.debit_ids.filtered(
            lambda debit: (
                debit.state in ("announced", "retry", "card")
                and (not debit.next_date or debit.next_date < today)
            )
        )
        late._isp_cancel()
        self.write({"state": "active", "suspended_at": False, "suspend_code": False})
        return ""
