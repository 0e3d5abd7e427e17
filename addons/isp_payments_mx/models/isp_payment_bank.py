from odoo import fields, models


class IspPaymentBank(models.Model):
    _name = "isp.payment.bank"
    _description = "Bank customers can transfer from"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    logo = fields.Image(
        max_width=256, max_height=128, help="Shown instead of the name; the name describes it."
    )
    company_id = fields.Many2one("res.company", help="Leave empty to show it in every company.")

    _name_uniq = models.Constraint("UNIQUE(company_id, name)", "The bank is listed already.")
