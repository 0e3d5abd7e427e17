from odoo import fields, models


class IspZone(models.Model):
    _name = "isp.zone"
    _description = "Service zone"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    anchor_day = fields.Integer(
        string="Cut-off day",
        default=1,
        required=True,
        help="Default day of the month for new subscriptions of the zone (1 to 31).",
    )
    network_driver = fields.Selection(
        selection=lambda self: self.env["isp.network.driver"]._isp_selection(),
        help="How the services of the zone are switched; empty: as the company.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )

    _anchor_day_range = models.Constraint(
        "CHECK(anchor_day BETWEEN 1 AND 31)", "The cut-off day must be between 1 and 31."
    )
    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)", "There is already a zone with this name."
    )
