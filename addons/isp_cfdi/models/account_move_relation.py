from odoo import fields, models

from ..const_issue import RELATIONS


class AccountMove(models.Model):
    _inherit = "account.move"

    isp_cfdi_relation = fields.Selection(
        [(code, text) for code, text in RELATIONS if code != "04"],
        string="Relation of the CFDI",
        copy=False,
        help="TipoRelacion of a credit note. Empty: 03 when goods come back, else 01.",
    )
