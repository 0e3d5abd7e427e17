from odoo import api, fields, models
from odoo.exceptions import UserError

from ..services import consent
from .isp_card_debit import OPEN_STATES


class IspCardMandate(models.Model):
    """Life of a direct debit: agreed to, active, in need of another card, ended."""

    _inherit = "isp.card.mandate"

    # === BUSINESS METHODS: CONSENT === #

    @api.model
    def _isp_accept(self, subscription, offer, registration, seen, start_token=False):
        """Store a customer's consent with its evidence; it is active when the card is stored.

        The row of the service is locked: a second press of the button waits and finds the first.

        :param dict offer: what was shown (`isp.subscription._isp_debit_offer`)
        :param registration: the ``isp.card.registration`` of the card, empty for a stored one
        :param dict seen: ``ip`` and ``user_agent`` of the request
        :raise UserError: another card of the service is being stored right now
        """
        subscription._lock_for_settlement()
        if start_token and (found := self.search([("start_token", "=", start_token)], limit=1)):
            return found
        waiting = self.search(
            [("subscription_id", "=", subscription.id), ("state", "=", "preparing")], limit=1
        )
        if waiting:
            raise UserError(self.env._("Your card is being stored: wait a moment."))
        company = subscription.company_id
        return self.create(
            {
                "name": company._isp_next_number("isp.card.mandate"),
                "subscription_id": subscription.id,
                "company_id": company.id,
                "registration_id": registration.id,
                "accepted_at": fields.Datetime.now(),
                "accepted_by": self.env.uid,
                "customer_name": subscription.partner_id.name,
                "ip": (seen.get("ip") or "")[:45],
                "user_agent": (seen.get("user_agent") or "")[:300],
                "consent_text": offer["text"],
                "consent_version": offer["version"],
                "text_hash": consent.text_hash(offer["text"]),
                "lang": self.env.lang,
                "amount_shown": offer["amount"],
                "first_date_shown": offer["first_date"],
                "amount_cap": offer["cap"],
                "charge_day": offer["day"],
                "start_token": start_token,
            }
        )

    def _isp_activate(self, token):
        """The card is stored: seal the evidence; the mandate of the former card ends.

        :param token: the ``payment.token`` that is charged; the former mandate may have the same
        """
        self.ensure_one()
        if self.state != "preparing":
            return
        self.subscription_id._lock_for_settlement()
        self.token_id = token  # from here on the end of the former mandate leaves the card alone
        former = self._isp_live(self.subscription_id)
        waiting = former.debit_ids.filtered(lambda debit: debit.state in OPEN_STATES)
        former._isp_end("replaced", tell=False)
        # The index allows one live mandate: the former one must be written first.
        former.flush_recordset()
        self.write(
            {
                "card_brand": token._isp_brand_name(),
                "card_last4": token.isp_card_last4,
                "card_expiry": token._isp_last_day(),
                "state": "active",
                "activated_at": fields.Datetime.now(),
            }
        )
        self.write({"evidence_hash": consent.evidence_hash(self._isp_evidence())})
        waiting._isp_take_over(self)
        self._isp_tell_active(former.filtered(lambda row: row.token_id != token))

    def _isp_evidence(self):
        """Return what the fingerprint of the evidence is made of: texts, numbers, None."""
        self.ensure_one()
        return {
            "folio": self.name,
            "service": self.subscription_id.id,
            "customer": self.customer_name,
            "company": self.company_id.id,
            "accepted_at": fields.Datetime.to_string(self.accepted_at),
            "accepted_by": self.accepted_by.id,
            "ip": self.ip or "",
            "user_agent": self.user_agent or "",
            "text_hash": consent.text_hash(self.consent_text),
            "version": self.consent_version,
            "cap": f"{self.amount_cap:.2f}",
            "day": self.charge_day,
            "brand": self.card_brand or "",
            "last4": self.card_last4 or "",
        }

    def _isp_is_sealed(self):
        """Return whether text and evidence are what they were when the card was stored."""
        self.ensure_one()
        return self.evidence_hash == consent.evidence_hash(self._isp_evidence())

    # === BUSINESS METHODS: STOP AND END === #

    def _isp_suspend(self, code):
        """The card must not be tried again: the customer is asked for another one.

        :param code: error code of the bank
        """
        self.filtered(lambda mandate: mandate.state == "active").write(
            {
                "state": "suspended",
                "suspended_at": fields.Datetime.now(),
                "suspend_code": code,
            }
        )

    def _isp_end(self, reason, note="", tell=True):
        """Switch off, effective now; a card that nothing else uses is deleted at the bank's too.

        :param reason: a key of `END_REASONS`
        :param note: why, in words
        :param tell: whether the customer gets a confirmation with the folio
        """
        for mandate in self.filtered(lambda row: row.state != "ended"):
            folio = mandate.company_id._isp_next_number("isp.card.mandate.end")
            mandate.write(
                {
                    "state": "ended",
                    "ended_at": fields.Datetime.now(),
                    "end_reason": reason,
                    "end_note": note,
                    "end_folio": folio,
                }
            )
            if reason != "replaced":  # the charges of a former card go over to the new one
                mandate.debit_ids._isp_cancel()
            mandate._isp_forget_card()
            if tell:
                mandate._isp_tell_ended()

    def _isp_forget_card(self):
        """Archive the stored card, which deletes it at Openpay, unless another mandate uses it."""
        self.ensure_one()
        if not self.token_id:
            return
        self.token_id._isp_wait_turn()
        users = self.search_count([("token_id", "=", self.token_id.id), ("state", "!=", "ended")])
        if not users:
            self.token_id.active = False

    # === BUSINESS METHODS: WORDS === #

    def _isp_speaking(self):
        """Return the mandate in the language of its customer."""
        self.ensure_one()
        lang = self.partner_id.lang or self.company_id._isp_lang()
        return self.with_context(lang=lang)

    def _isp_tell_active(self, former):
        """Confirm by mail what the customer agreed to (verbal and electronic agreements, cl. 1)."""
        mandate = self._isp_speaking()
        values = {
            "folio": mandate.name,
            "card": mandate._isp_card(),
            "former": former._isp_card() if former else "",
            "cap": mandate.subscription_id._isp_money(mandate.amount_cap),
        }
        if former:
            text = mandate.env._(
                "From now on we charge your card %(card)s instead of %(former)s, folio %(folio)s.",
                **values,
            )
        else:
            text = mandate.env._(
                "Your internet is now paid with your card %(card)s, folio %(folio)s.", **values
            )
        text += "\n" + mandate.env._(
            "Before each charge we tell you its amount, never more than %(cap)s, and its date. You"
            " can switch it off in your customer area whenever you want.",
            **values,
        )
        text += "\n\n" + mandate.env._("What you agreed to:") + "\n" + mandate.consent_text
        self.subscription_id._isp_notify("debit_mandate", f"{self.name}-on", text=text)

    def _isp_tell_ended(self):
        """Confirm by mail that the direct debit is off, with its folio."""
        mandate = self._isp_speaking()
        values = {"folio": mandate.end_folio, "card": mandate._isp_card()}
        if mandate.end_reason == "not_stored":
            return
        text = mandate.env._(
            "Your card %(card)s is not charged any more, folio %(folio)s. It was switched off at"
            " once and at no cost.",
            **values,
        )
        if mandate.end_reason != "service":
            text += "\n" + mandate.env._(
                "From now on pay your internet in your customer area, at a branch or by transfer."
            )
        self.subscription_id._isp_notify("debit_mandate", f"{self.name}-off", text=text)
