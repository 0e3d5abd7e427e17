from odoo import api, models
from odoo.fields import Domain

# State of a refund -> look of its badge.
BADGES = {"preparing": "pendiente", "asking": "pendiente", "done": "prorroga"}


class IspPortalPage(models.AbstractModel):
    """What became of a payment later: given back, disputed, taken back by the bank."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_payment_list_domain(self):
        """Extend: a payment that the bank took back stays in the list, with its story."""
        partner = self.env.user.partner_id.commercial_partner_id
        own = Domain("partner_id", "child_of", partner.ids) & Domain("isp_number", ">", 0)
        taken = own & Domain("isp_taken_back", "=", True)
        return super()._get_payment_list_domain() | taken

    @api.model
    def _get_payment_row_values(self, payment):
        """Extend: one line for each refund, and one for a dispute."""
        row = super()._get_payment_row_values(payment)
        story = self._get_payment_story(payment)
        search = row["search"]
        for line in story:
            search += [line["label"], line["date"], line["folio"]]
        return {**row, "story": story}

    @api.model
    def _get_payment_story(self, payment):
        """Return what happened to a payment after it was made, the oldest first.

        :return: list of dict(label, badge, date, folio)
        """
        payment_sudo = payment.sudo()
        fmt = self._get_formatter()
        charge_sudo = payment_sudo.payment_transaction_id.isp_card_charge_id
        refunds_sudo = payment_sudo.isp_refund_ids.filtered(lambda row: row.state != "failed")
        lines = [
            self._get_refund_line(refund_sudo, payment_sudo.amount, fmt)
            for refund_sudo in refunds_sudo.sorted("id")
        ]
        dispute = self._get_dispute_label(charge_sudo)
        if dispute:
            lines.append(
                {
                    "label": dispute,
                    "badge": "suspendido" if charge_sudo.dispute_state == "lost" else "pendiente",
                    "date": fmt.moment(charge_sudo.disputed_at),
                    "folio": charge_sudo.authorization or charge_sudo.charge_id or "",
                }
            )
        return lines

    @api.model
    def _get_refund_line(self, refund, paid, fmt):
        """Return one refund of a payment of ``paid``, as the customer reads it."""
        _ = self.env._
        money = fmt.money(refund.amount)
        if refund.state != "done":
            label = _("Refund of %s under way", money)
        elif refund.currency_id.compare_amounts(refund.amount, paid) >= 0:
            label = _("Refunded")
        else:
            label = _("Partial refund of %s", money)
        return {
            "label": label,
            "badge": BADGES[refund.state],
            "date": fmt.moment(refund.given_at or refund.create_date),
            "folio": refund.name,
        }

    @api.model
    def _get_dispute_label(self, charge):
        """Return the state of a dispute in the customer's words, "" when there is none."""
        _ = self.env._
        return {
            "open": _("Under clarification with the bank"),
            "lost": _("Taken back by your bank"),
        }.get(charge.dispute_state, "")
