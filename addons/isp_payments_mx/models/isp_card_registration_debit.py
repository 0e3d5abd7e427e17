from odoo import fields, models


class IspCardRegistration(models.Model):
    """A card that is stored for a direct debit makes it active; one that cannot be ends it."""

    _inherit = "isp.card.registration"

    mandate_ids = fields.One2many("isp.card.mandate", "registration_id", readonly=True)

    def _outbox_store(self, answer):
        """Extend: the consent that waited for this card is active from now on.

        Was it ended meanwhile (by the staff, or with the service), nobody agreed to keep the card.
        """
        res = super()._outbox_store(answer)
        token, mandates = self.token_id, self.sudo().mandate_ids
        for mandate in mandates.filtered(lambda row: row.state == "preparing"):
            mandate._isp_activate(token)
        if self.operation == "store" and mandates and not token._isp_debit_mandates():
            token.active = False
        return res

    def _outbox_note(self, state, error, code=False):
        """Extend: the consent for a card that cannot be stored is void."""
        res = super()._outbox_note(state, error, code)
        if self.outbox_state == "error":
            waiting = self.sudo().mandate_ids.filtered(lambda row: row.state == "preparing")
            waiting._isp_end("not_stored", self._get_error_text(), tell=False)
        return res
