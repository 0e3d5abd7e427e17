from odoo import models


class IspPaymentBank(models.Model):
    _name = "isp.payment.bank"
    _description = "Bank customers can transfer from"
    _inherit = ["isp.catalogue.mixin"]
