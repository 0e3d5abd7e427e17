from odoo import models


class IspSubscription(models.Model):
    """Navigation of the stat buttons."""

    _inherit = "isp.subscription"

    def action_view_invoices(self):
        self.ensure_one()
        return self._isp_action(
            "account_move_action_isp", [("line_ids.isp_subscription_id", "=", self.id)]
        )

    def action_view_payments(self):
        self.ensure_one()
        return self._isp_action(
            "account_payment_action_isp", [("isp_subscription_id", "=", self.id)]
        )

    def action_view_periods(self):
        self.ensure_one()
        return self._isp_action(
            "isp_subscription_period_action", [("subscription_id", "=", self.id)]
        )

    def action_view_documents(self):
        self.ensure_one()
        context = {"default_subscription_id": self.id, "default_partner_id": self.partner_id.id}
        return self._isp_action(
            "isp_document_action", [("subscription_id", "=", self.id)], context
        )

    def _isp_action(self, xmlid, domain, context=None):
        """Return our window action narrowed to ``domain``."""
        actions = self.env["ir.actions.act_window"]
        action = actions._for_xml_id(f"isp_subscription.{xmlid}")
        return {**action, "domain": domain, "context": context or {}}
