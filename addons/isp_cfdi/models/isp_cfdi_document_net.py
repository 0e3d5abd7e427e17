from odoo import api, fields, models

# A credit note takes away; a payment tells of invoices that have been counted already.
SIGNS = {"I": 1, "E": -1, "P": 0}
# Net field -> figure of the document that it is made of.
NET = {"net_untaxed": "amount_untaxed", "net_iva": "amount_iva", "net_total": "total"}


class IspCfdiDocument(models.Model):
    """What documents add up to: valid ones only, in the company's currency."""

    _inherit = "isp.cfdi.document"

    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    net_untaxed = fields.Monetary(
        string="Net untaxed amount",
        compute="_compute_net",
        store=True,
        currency_field="company_currency_id",
        help="Valid invoices less credit notes, in pesos. Payments count nothing: their invoices "
        "do.",
    )
    net_iva = fields.Monetary(
        string="Net IVA", compute="_compute_net", store=True, currency_field="company_currency_id"
    )
    net_total = fields.Monetary(
        string="Net total", compute="_compute_net", store=True, currency_field="company_currency_id"
    )

    # === COMPUTE METHODS === #

    @api.depends("cancel_state", "exchange_rate", "kind", "uuid", *NET.values())
    def _compute_net(self):
        for document in self:
            valid = document.uuid and document.cancel_state != "cancelled"
            factor = SIGNS[document.kind] * document.exchange_rate if valid else 0
            currency = document.company_currency_id
            document.update(
                {name: currency.round(document[source] * factor) for name, source in NET.items()}
            )
