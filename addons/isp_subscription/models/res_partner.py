from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    isp_subscription_ids = fields.One2many("isp.subscription", "partner_id", string="Services")
    isp_subscription_count = fields.Integer(
        string="Number of services",
        compute="_compute_isp_subscription_count",
        groups="isp_subscription.group_isp_readonly",
    )

    def _compute_isp_subscription_count(self):
        groups = self.env["isp.subscription"]._read_group(
            [("commercial_partner_id", "in", self.commercial_partner_id.ids)],
            ["commercial_partner_id"],
            ["__count"],
        )
        counts = {payer.id: number for payer, number in groups}
        for partner in self:
            partner.isp_subscription_count = counts.get(partner.commercial_partner_id.id, 0)

    def action_isp_view_subscriptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.isp_subscription_action"
        )
        domain = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        return {**action, "domain": domain, "context": {"default_partner_id": self.id}}
