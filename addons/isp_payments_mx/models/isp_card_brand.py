from odoo import fields, models

from ..services.card_wire import BRANDS


class IspCardBrand(models.Model):
    _name = "isp.card.brand"
    _description = "Card brand customers can pay with"
    _order = "sequence, id"

    name = fields.Char(required=True)
    code = fields.Selection(
        "_selection_code", required=True, help="How the number of a card tells its brand."
    )
    accept_credit = fields.Boolean(string="Credit cards", default=True)
    accept_debit = fields.Boolean(string="Debit cards", default=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    logo = fields.Image(
        max_width=256, max_height=128, help="Shown instead of the name; the name describes it."
    )
    company_id = fields.Many2one("res.company", help="Leave empty to show it in every company.")

    _code_uniq = models.Constraint("UNIQUE(company_id, code)", "The brand is listed already.")

    def _selection_code(self):
        return [(code, code.capitalize()) for code in dict.fromkeys(BRANDS.values())]

    def _isp_for(self, company):
        """Return the brands a company accepts: its own list, else the common one."""
        own = self.sudo().search([("company_id", "=", company.id)])
        return own or self.sudo().search([("company_id", "=", False)])
