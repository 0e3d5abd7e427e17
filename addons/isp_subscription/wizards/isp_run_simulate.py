from odoo import fields, models
from odoo.exceptions import AccessError


class IspRunSimulate(models.TransientModel):
    """Ask for a simulation: which company, which day, which part of it."""

    _name = "isp.run.simulate"
    _description = "Simulate a run"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date = fields.Date(required=True, default=lambda self: self.env.company._isp_today())
    kind = fields.Selection(
        [
            ("day", "Whole day"),
            ("billing", "Billing"),
            ("notice", "Notices"),
            ("cutoff", "Cut-off"),
        ],
        required=True,
        default="day",
    )

    def action_simulate(self):
        """Simulate and open the result; nothing else changes."""
        self.ensure_one()
        self.env["isp.subscription"]._isp_check_role("billing")
        # The simulation itself runs with full rights: the user must work for the company.
        company = self.company_id
        if company not in self.env.user.company_ids:
            raise AccessError(self.env._("Simulate the runs of a company you work for."))
        run = self.env["isp.run"].sudo()._isp_simulate(company, self.date, self.kind)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.isp_run_action_simulation"
        )
        form = self.env.ref("isp_subscription.isp_run_view_form").id
        return {**action, "res_id": run.id, "view_mode": "form", "views": [(form, "form")]}
