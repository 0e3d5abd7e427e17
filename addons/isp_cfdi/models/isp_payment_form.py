from odoo import fields, models

from ..services.catalogs import catalog


class IspPaymentForm(models.Model):
    _inherit = "isp.payment.form"

    isp_cfdi_form = fields.Selection(
        selection="_isp_cfdi_form_selection",
        string="SAT payment form",
        help="FormaPago that the fiscal document shows for payments of this form.",
    )

    def _isp_cfdi_form_selection(self):
        """Return SAT's c_FormaPago but "99": a paid document names its real form."""
        return [
            (code, f"{code} {text}") for code, text in catalog("forma_pago").items() if code != "99"
        ]
