from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError

from ..services.consent import text_hash

NOTE_LENGTH = 500


class IspPortalPage(models.AbstractModel):
    """What a customer does with his direct debit: agree, switch off, say why."""

    _inherit = "isp.portal.page"

    # === AGREE === #

    @api.model
    def _agree_debit(self, subscription, token, card, seen):
        """Store the consent that the page showed and the order to keep the card; nothing is sent.

        :param dict card: ``source_id`` and ``device_session_id`` of the browser
        :param dict seen: ``ip`` and ``user_agent`` of the request
        :return: ``(mandate, "")``, or ``(none, why not)``
        """
        mandates_sudo = self.env["isp.card.mandate"].sudo()
        values = self._read_service_token(token, subscription, "debit")
        if values is None:
            return mandates_sudo, self.env._("This page is too old. Load it again.")
        day, shown, mark = values
        found_sudo = mandates_sudo.search(
            [("start_token", "=", mark), ("subscription_id", "=", subscription.id)], limit=1
        )
        if found_sudo:  # pressed twice: it is the consent of the first press
            return found_sudo, ""
        if not subscription._isp_debit_offered():
            return mandates_sudo, self.env._("Direct debit is not available now.")
        offer = subscription._isp_debit_offer(day)
        if text_hash(offer["text"]) != shown:
            return mandates_sudo, self.env._("The amount or the date changed. Load the page again.")
        try:
            with self.env.cr.savepoint():
                return self._store_debit(subscription, offer, card, seen, mark), ""
        except UserError as error:
            return mandates_sudo, str(error)
        except IntegrityError as error:
            # Two tabs at once: run again, the consent of the first is found then.
            raise ConcurrencyError("A direct debit was agreed to at the same moment.") from error

    @api.model
    def _store_debit(self, subscription, offer, card, seen, mark):
        """Write down consent and card order in one transaction; return the mandate (sudo)."""
        rows_sudo = self.env["isp.card.registration"].sudo()
        row_sudo = rows_sudo._create_for(
            subscription._openpay_provider(),
            subscription.sudo().partner_id,
            card["source_id"],
            card["device_session_id"],
            payer_ip=seen["ip"],
            subscription=subscription,
        )
        mandate_sudo = (
            self.env["isp.card.mandate"]
            .sudo()
            ._isp_accept(subscription.sudo(), offer, row_sudo, seen, start_token=mark)
        )
        self.env.flush_all()
        row_sudo._trigger_worker()
        return mandate_sudo

    # === SWITCH OFF === #

    @api.model
    def _end_debit(self, subscription, token):
        """Switch off the direct debit that the page showed; return ``(kind, text)`` to show."""
        values = self._read_service_token(token, subscription, "debit_off")
        if values is None:
            return "warn", self.env._("This page was open for too long: try again.")
        subscription.sudo()._lock_for_settlement()
        mandate_sudo = self._get_own_mandate(subscription, values[0])
        mandate_sudo._isp_end("customer")
        text = self.env._("Your card is not charged any more. Folio %s.", mandate_sudo.end_folio)
        if mandate_sudo.debit_ids.filtered(lambda debit: debit.state == "charging"):
            text += " " + self.env._(
                "A charge was under way at this moment: if your bank accepted it, you see it in"
                " your payments."
            )
        return "good", text

    @api.model
    def _explain_debit(self, subscription, token, reason, note):
        """Keep why the customer switched off; return ``(kind, text)`` to show."""
        values = self._read_service_token(token, subscription, "debit_why")
        if values is None:
            return "warn", self.env._("This page was open for too long: try again.")
        mandate_sudo = self._get_own_mandate(subscription, values[0])
        labels = self._get_why_labels()
        words = [labels[reason]] if reason in labels else []
        words.append((note or "").strip()[:NOTE_LENGTH])
        text = " · ".join(filter(None, words))
        if text and not mandate_sudo.end_note:
            mandate_sudo.end_note = text
        return "good", self.env._("Thank you: it helps us to do better.")

    @api.model
    def _get_why_labels(self):
        """Return ``{key: reason}`` a customer can choose from."""
        _ = self.env._
        return {
            "day": _("The day of the charge does not suit me"),
            "control": _("I prefer to pay myself each month"),
            "card": _("I don't want to leave my card"),
            "charge": _("I was charged something I did not expect"),
        }

    @api.model
    def _get_own_mandate(self, subscription, mandate_id):
        """Return a direct debit of this service (sudo), empty when it is not."""
        domain = [("id", "=", mandate_id), ("subscription_id", "=", subscription.id)]
        return self.env["isp.card.mandate"].sudo().search(domain, limit=1)
