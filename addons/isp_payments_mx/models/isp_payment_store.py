from odoo import models


class IspPaymentStore(models.Model):
    _name = "isp.payment.store"
    _description = "Store where customers can pay in cash"
    _inherit = ["isp.catalogue.mixin"]
