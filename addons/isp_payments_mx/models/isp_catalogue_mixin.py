from odoo import fields, models

from ..services.marks import mark_of


class IspCatalogueMixin(models.AbstractModel):
    """A name with a logo that customers are shown: banks, stores.

    The repository ships no trademarks: without an uploaded logo a neutral mark is drawn from the
    name.
    """

    _name = "isp.catalogue.mixin"
    _description = "Names with logos shown to customers who pay"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    logo = fields.Image(
        max_width=256, max_height=128, help="Shown instead of the name; the name describes it."
    )
    company_id = fields.Many2one("res.company", help="Leave empty to show it in every company.")

    # by the source text: a translated name has one value per language
    _name_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), (name ->> 'en_US'))", "It is listed already."
    )

    def _isp_catalogue(self, company):
        """Return what a page shows for a company: list of dict(name, mark, url)."""
        # bin_size: whether there is a logo, without reading it
        catalogue_sudo = self.sudo().with_context(bin_size=True)
        entries_sudo = catalogue_sudo.search([("company_id", "in", (False, company.id))])
        return [
            {
                "name": entry.name,
                "mark": mark_of(entry.name),
                "url": f"/payment/openpay/logo/{self._name}/{entry.id}" if entry.logo else "",
            }
            for entry in entries_sudo
        ]
