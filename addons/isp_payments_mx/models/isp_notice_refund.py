from odoo import api, fields, models


class IspNotice(models.Model):
    """The customer reads that he gets money back."""

    _inherit = "isp.notice"

    kind = fields.Selection(selection_add=[("refund", "Refund")], ondelete={"refund": "cascade"})

    def _isp_headlines(self):
        return {**super()._isp_headlines(), "refund": self.env._("We gave you money back")}

    @api.depends("kind")
    def _compute_portal_link(self):
        """Extend: to the list of payments, where the refund is told."""
        refunds = self.filtered(lambda notice: notice.kind == "refund")
        res = super(IspNotice, self - refunds)._compute_portal_link()
        for notice in refunds:
            notice.portal_link = f"{notice.get_base_url()}/my/isp/payments"
        return res
