from odoo import api, fields, models


class IspBranch(models.Model):
    _name = "isp.branch"
    _description = "Branch office"
    _order = "code, name"
    _check_company_auto = True
    _rec_names_search = ["code", "name"]

    name = fields.Char(required=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    street = fields.Char()
    city = fields.Char()
    zip = fields.Char()
    state_id = fields.Many2one("res.country.state")
    phone = fields.Char()
    journal_id = fields.Many2one(
        "account.journal",
        string="Cash journal",
        domain="[('type', '=', 'cash')]",
        check_company=True,
        help="Where the counter payments of this branch are booked.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )

    _code_uniq = models.Constraint(
        "UNIQUE(company_id, code)", "There is already a branch with this code."
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for branch in self:
            branch.display_name = f"[{branch.code}] {branch.name}" if branch.code else branch.name
