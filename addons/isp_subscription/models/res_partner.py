from contextlib import contextmanager

from odoo import api, fields, models

NEW_RANKS = "isp_new_ranks"


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

    # === BUSINESS METHODS === #

    def _increase_rank(self, field, n=1):
        """Extend `account`: the new customers of a batch get their rank in one write.

        Who has a rank already is Odoo's, which raises it after the commit.
        """
        new = self.env.cr.cache.get(NEW_RANKS)
        if new is None:
            return super()._increase_rank(field, n)
        fresh = self.filtered(lambda partner: not partner[field])
        for partner in fresh:
            new[field, partner.id] = new.get((field, partner.id), 0) + n
        return super(ResPartner, self - fresh)._increase_rank(field, n)

    @api.model
    @contextmanager
    def _isp_ranking_together(self):
        """Collect the ranks of new customers within the block and write them at its end."""
        new = self.env.cr.cache[NEW_RANKS] = {}
        try:
            yield
        finally:
            self.env.cr.cache.pop(NEW_RANKS, None)
        ranks = {}
        for (field, partner_id), rank in new.items():
            ranks.setdefault((field, rank), []).append(partner_id)
        for (field, rank), ids in ranks.items():
            self.sudo().browse(ids).write({field: rank})

    def _isp_fiscal_position(self, company, delivery=None):
        """Return Odoo's fiscal position of this customer; within a batch alike ones share it.

        :param delivery: partner where the service is, when it differs
        """
        self.ensure_one()
        positions = self.env["account.fiscal.position"].sudo().with_company(company)
        traits = self._isp_fiscal_traits(company)
        if delivery and delivery != self:
            traits += delivery._isp_fiscal_traits(company)
        found = self.env["isp.billing.memo"]._isp_once(
            ("fiscal position", company.id, traits),
            lambda: positions._get_fiscal_position(self, delivery).id,
        )
        return positions.browse(found)

    def _isp_fiscal_traits(self, company):
        """Return what Odoo looks at when it chooses a fiscal position."""
        partner = self if self.env.company == company else self.with_company(company)
        return (
            partner.property_account_position_id.id,
            partner.country_id.id,
            partner.state_id.id,
            partner.zip,
            (partner.vat or "")[:2],
            partner._get_vat_required_valid(company=company),
        )

    def _isp_billing_traits(self, company):
        """Return what of this customer decides about the journal items of his invoices."""
        self.ensure_one()
        partner = self if self.env.company == company else self.with_company(company)
        payer = partner.commercial_partner_id
        delivery = partner.browse(partner.address_get(["delivery"])["delivery"])
        distributions = self.env["account.analytic.distribution.model"].sudo()
        personal = self.env["isp.billing.memo"]._isp_once(
            ("analytic", company.id),
            lambda: distributions.search_count(
                ["|", ("partner_id", "!=", False), ("partner_category_id", "!=", False)], limit=1
            ),
        )
        return (
            partner._isp_fiscal_position(company, delivery).id,
            payer.property_account_receivable_id.id,
            partner.id if personal else False,
        )
