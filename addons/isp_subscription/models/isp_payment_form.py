from odoo import fields, models


class IspPaymentForm(models.Model):
    _name = "isp.payment.form"
    _description = "Payment form"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    portal_visible = fields.Boolean(
        string="Offered in the portal", help="Customers can choose it in their area."
    )
    reference_policy = fields.Selection(
        [("flag", "Booked, and shown for review"), ("refuse", "Refused")],
        string="Same reference again",
        default="flag",
        required=True,
        help="Banks and providers give every movement its own reference: refuse a second one.",
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "The code of a payment form must be unique.")

    def _isp_get(self, code):
        """Return the payment form with ``code``, or the form ``other`` when there is none."""
        forms = (
            self.sudo().with_context(active_test=False).search([("code", "in", [code, "other"])])
        )
        return forms.filtered(lambda form: form.code == code) or forms[:1]
