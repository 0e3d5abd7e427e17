from odoo import api, fields, models


class IspServiceAddress(models.Model):
    _name = "isp.service.address"
    _description = "Service address"
    _order = "partner_id, street"
    _rec_names_search = ["street", "street2", "city", "reference"]

    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    street = fields.Char(required=True)
    street2 = fields.Char(string="Neighbourhood")
    city = fields.Char()
    state_id = fields.Many2one("res.country.state", domain="[('country_id.code', '=', 'MX')]")
    zip = fields.Char(string="Postal code")
    reference = fields.Char(help="How to find the house: colour, corner, nearby shop.")
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))

    _latitude_range = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90)", "The latitude must be between -90 and 90 degrees."
    )
    _longitude_range = models.Constraint(
        "CHECK(longitude BETWEEN -180 AND 180)",
        "The longitude must be between -180 and 180 degrees.",
    )

    @api.depends("street", "street2", "zip", "city", "state_id.name")
    def _compute_display_name(self):
        for address in self:
            place = " ".join(filter(None, [address.zip, address.city]))
            parts = [address.street, address.street2, place, address.state_id.name]
            address.display_name = ", ".join(part for part in parts if part)
