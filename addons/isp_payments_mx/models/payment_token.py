from odoo import fields, models

from .. import const


class PaymentToken(models.Model):
    """A card that is stored at Openpay; here are only the parts a customer may see."""

    _inherit = "payment.token"

    openpay_customer_id = fields.Char(
        string="Openpay customer", readonly=True, copy=False, groups="base.group_system"
    )
    openpay_card_id = fields.Char(
        string="Openpay card", readonly=True, copy=False, groups="base.group_system"
    )
    isp_card_brand = fields.Char(string="Brand", readonly=True, copy=False)
    isp_card_last4 = fields.Char(string="Last four digits", readonly=True, copy=False)
    isp_card_kind = fields.Selection(
        [("credit", "Credit"), ("debit", "Debit")], string="Kind", readonly=True, copy=False
    )
    isp_card_holder = fields.Char(string="Cardholder", readonly=True, copy=False)
    isp_card_exp_month = fields.Integer(string="Expiry month", readonly=True, copy=False)
    isp_card_exp_year = fields.Integer(
        string="Expiry year", readonly=True, copy=False, help="Four digits."
    )

    _openpay_card_uniq = models.UniqueIndex(
        "(provider_id, openpay_card_id) WHERE openpay_card_id IS NOT NULL",
        "A stored card of Openpay is one record.",
    )

    def _handle_archiving(self):
        """Override of `payment`: the card is deleted at Openpay too."""
        res = super()._handle_archiving()
        tokens = self.filtered(lambda token: token.provider_code == const.PROVIDER)
        for token in tokens.sudo().filtered("openpay_card_id"):
            self.env["isp.card.registration"].sudo()._create_removal(token)
        return res
