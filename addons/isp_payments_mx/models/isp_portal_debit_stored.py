from odoo import api, models
from odoo.exceptions import UserError

NEW_CARD = "new"


class IspPortalPage(models.AbstractModel):
    """Direct debit with a card that is stored already: another service, or another day."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_debit_values(self, subscription, day=None, change=False, card=None):
        """Extend: the cards to choose from, and the chosen one (None for another card).

        :param card: id of a stored card as text, "new", or nothing for the first one
        """
        values = super()._get_debit_values(subscription, day, change)
        stored = self._get_stored_cards(subscription) if values["offer"] else []
        values |= {"stored": stored, "chosen": self._get_chosen_card(stored, card)}
        if not stored:
            return values
        chosen = values["chosen"]
        mark = chosen["id"] if chosen else NEW_CARD

        def url(number=values["offer"]["day"], which=mark):
            return self._get_debit_url(subscription, day=number, change=1, card=which)

        values["offer"] |= {"day_url": url, "card_url": lambda which: url(which=which)}
        return values

    @api.model
    def _get_stored_cards(self, subscription):
        """Return the stored cards a customer can choose; that of this service comes first."""
        own_sudo = subscription._isp_mandate().token_id
        cards_sudo = self.env["payment.token"]._isp_choices(subscription)
        cards_sudo = cards_sudo.sorted(lambda card: card != own_sudo)
        rows = []
        for card in cards_sudo:
            name = f"{card._isp_brand_name()} ···· {card.isp_card_last4}".strip()
            last = card._isp_last_day()
            row = {"id": card.id, "name": name, "is_own": card == own_sudo}
            row["expiry"] = f"{last:%m/%y}" if last else ""
            row["button"] = self.env._("Direct debit %s", name)
            rows.append(row)
        return rows

    @api.model
    def _get_chosen_card(self, stored, card):
        """Return the chosen one of ``stored``; None is a card that is not stored yet."""
        if card == NEW_CARD:
            return None
        same = [row for row in stored if str(row["id"]) == card]
        return (same or stored or [None])[0]

    @api.model
    def _store_debit(self, subscription, offer, card, seen, mark):
        """Extend: a card that is stored already is agreed to at once; nothing is sent.

        :param dict card: ``stored``, the id of the card, instead of the keys of the browser
        """
        if "stored" not in card:
            return super()._store_debit(subscription, offer, card, seen, mark)
        cards_sudo = self.env["payment.token"]._isp_choices(subscription)
        token_sudo = cards_sudo.filtered(lambda row: row.id == card["stored"])
        if not token_sudo:
            raise UserError(self.env._("This card is not stored any more. Choose another one."))
        mandates_sudo = self.env["isp.card.mandate"].sudo()
        none_sudo = self.env["isp.card.registration"].sudo()
        mandate_sudo = mandates_sudo._isp_accept(
            subscription.sudo(), offer, none_sudo, seen, start_token=mark
        )
        if mandate_sudo.state == "preparing":
            token_sudo._isp_hold()
            mandate_sudo._isp_activate(token_sudo)
        self.env.flush_all()
        return mandate_sudo
