from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    isp_card_mode = fields.Selection(
        [("hosted", "Page of Openpay"), ("inline", "Form in the portal")],
        string="Where customers type their card",
        default="hosted",
        required=True,
        help="On Openpay's page nothing of the card passes through the portal's page. The form "
        "in the portal sends the card from the browser to Openpay.",
    )
    isp_card_3ds = fields.Boolean(
        string="3D Secure",
        default=True,
        help="The bank asks the cardholder to confirm a payment of the form in the portal.",
    )
    isp_card_minutes = fields.Integer(
        string="Minutes to finish a card payment",
        default=30,
        help="How long a cardholder may stay on the page of the bank before the payment is "
        "closed here. A payment that is finished later is booked anyway.",
    )
    isp_card_gateway = fields.Char(
        string="Name of the payment gateway",
        default="Openpay",
        help="Customers read it below the card form.",
    )
    isp_card_gateway_logo = fields.Image(
        string="Logo of the payment gateway",
        max_width=256,
        max_height=128,
        help="Shown instead of the name.",
    )
    isp_card_safety = fields.Char(
        string="Words about safety",
        translate=True,
        help="Below the card form. When empty: payments are made with 256-bit encryption.",
    )

    _isp_card_minutes_range = models.Constraint(
        "CHECK(isp_card_minutes BETWEEN 5 AND 1440)",
        "A card payment may take between 5 minutes and a day.",
    )
