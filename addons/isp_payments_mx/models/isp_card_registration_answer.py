from odoo import api, models

from odoo.addons.isp_subscription.exceptions import OutboxRetry

from .. import const
from ..services import card_wire


class IspCardRegistration(models.Model):
    """What an answer of Openpay does to a card that is stored or deleted."""

    _inherit = "isp.card.registration"

    @api.model
    def _cron_work(self, limit=50):
        """Store and delete the cards whose turn has come."""
        rows_sudo = self.sudo()
        handled = rows_sudo._outbox_process(limit=limit)
        due = rows_sudo.search_count(self._outbox_due_domain())
        self.env["ir.cron"]._commit_progress(handled, remaining=due)

    def _outbox_store(self, answer):
        """Store the card as a payment token, with the parts a customer may see."""
        if self.operation == "delete":
            return
        card = card_wire.read_card(answer["card"])
        number = str((answer["card"] or {}).get("card_number") or "")
        self._forget_browser_keys()
        self.write(
            {
                "customer_ref": answer["customer"],
                "card_ref": card.card_id,
                "card_number": number,
                "token_id": self._create_token(answer["customer"], card).id,
            }
        )

    def _create_token(self, customer, card):
        """Return the payment token of a stored card."""
        method = self.env.ref("payment.payment_method_card")
        brand = card_wire.BRANDS.get(card.brand)
        brands = method.with_context(active_test=False).brand_ids
        method = brands.filtered(lambda one: one.code == brand) or method
        return (
            self.env["payment.token"]
            .sudo()
            .create(
                {
                    "provider_id": self.provider_id.id,
                    "payment_method_id": method.id,
                    "partner_id": self.partner_id.id,
                    "provider_ref": card.card_id,
                    "payment_details": card.last4,
                    "openpay_customer_id": customer,
                    "openpay_card_id": card.card_id,
                    "isp_card_brand": card.brand,
                    "isp_card_last4": card.last4,
                    "isp_card_kind": card.kind or False,
                    "isp_card_holder": card.holder,
                    "isp_card_exp_month": card.exp_month,
                    "isp_card_exp_year": card.exp_year,
                }
            )
        )

    def _outbox_note(self, state, error, code=False):
        """Extend: a card that somebody types at the screen is not stored later."""
        waits = self.operation == "store"
        if state == "ready" and waits and isinstance(error, OutboxRetry):
            state, code = "error", const.CARD_NOT_SENT
        res = super()._outbox_note(state, error, code)
        if state == "error":
            self._forget_browser_keys()
            self.error_code = code
        elif self.next_attempt_at:
            self._trigger_worker(self.next_attempt_at)
        return res

    def _forget_browser_keys(self):
        """Forget the one-time keys of the browser."""
        self.sudo().write({"source_token": False, "device_session": False})

    def _get_error_text(self):
        """Return in plain words why the card was not stored, in the language of the context."""
        self.ensure_one()
        return self.env["payment.provider"]._openpay_card_text(self.error_code)
