import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import DEFAULT_PRODUCT, DEFAULT_UNIT

PRODUCT_CODE = re.compile(r"^\d{8}$")
UNIT_CODE = re.compile(r"^[A-Z0-9]{2,3}$")


class ProductTemplate(models.Model):
    _inherit = "product.template"

    isp_cfdi_product = fields.Char(
        string="SAT product code",
        size=8,
        help="ClaveProdServ; empty means 81112101, internet service provider.",
    )
    isp_cfdi_unit = fields.Char(
        string="SAT unit code", size=3, help="ClaveUnidad; empty means E48, unit of service."
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_cfdi_product", "isp_cfdi_unit")
    def _check_isp_cfdi_codes(self):
        for product in self:
            if product.isp_cfdi_product and not PRODUCT_CODE.match(product.isp_cfdi_product):
                raise ValidationError(self.env._("A SAT product code has 8 digits."))
            if product.isp_cfdi_unit and not UNIT_CODE.match(product.isp_cfdi_unit):
                raise ValidationError(
                    self.env._("A SAT unit code has 2 or 3 capital letters or digits.")
                )

    # === BUSINESS METHODS === #

    def _isp_cfdi_codes(self):
        """Return (ClaveProdServ, ClaveUnidad); a line without product is internet service."""
        product = self[:1].sudo()
        return (product.isp_cfdi_product or DEFAULT_PRODUCT, product.isp_cfdi_unit or DEFAULT_UNIT)
