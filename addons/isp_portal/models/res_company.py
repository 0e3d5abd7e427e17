from odoo import models

from ..services.formatting import format_phone


class ResCompany(models.Model):
    _inherit = "res.company"

    def _isp_typst_company(self, files):
        """Extend: phones on paper as the pages write them."""
        values = super()._isp_typst_company(files)
        return {**values, "phones": [format_phone(phone) for phone in values["phones"]]}
