from odoo import fields, models


class IspPaymentCoverage(models.Model):
    """What one payment covers of one service: the days before and after it, and its share."""

    _name = "isp.payment.coverage"
    _description = "Service covered by a payment"
    _order = "payment_id desc, id"
    _check_company_auto = True

    payment_id = fields.Many2one(
        "account.payment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    subscription_id = fields.Many2one(
        "isp.subscription",
        string="Service",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True, string="Payer"
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cutoff_from = fields.Date(string="Cut-off", readonly=True)
    cutoff_to = fields.Date(string="Next cut-off", readonly=True)
    amount = fields.Monetary(readonly=True, help="Part of the payment that went to the service.")

    _service_uniq = models.Constraint(
        "UNIQUE(payment_id, subscription_id)", "A payment covers a service once."
    )
