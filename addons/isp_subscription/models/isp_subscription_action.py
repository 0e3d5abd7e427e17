from odoo import fields, models

#: Counter of a stat button -> (model, its field of the service)
COUNTERS = {
    "payment_count": ("account.payment", "isp_subscription_id"),
    "period_count": ("isp.subscription.period", "subscription_id"),
    "document_count": ("isp.document", "subscription_id"),
    "suspension_count": ("isp.suspension", "subscription_id"),
    "promise_count": ("isp.promise", "subscription_id"),
    "notice_count": ("isp.notice", "subscription_id"),
    "change_count": ("isp.plan.change", "subscription_id"),
    "pause_count": ("isp.pause", "subscription_id"),
    "cancellation_count": ("isp.cancellation", "subscription_id"),
    "network_order_count": ("isp.network.order", "subscription_id"),
}


class IspSubscription(models.Model):
    """Navigation of the stat buttons."""

    _inherit = "isp.subscription"

    invoice_count = fields.Integer(compute="_compute_counts")
    payment_count = fields.Integer(compute="_compute_counts")
    period_count = fields.Integer(compute="_compute_counts")
    document_count = fields.Integer(compute="_compute_counts")
    suspension_count = fields.Integer(compute="_compute_counts")
    promise_count = fields.Integer(compute="_compute_counts")
    notice_count = fields.Integer(compute="_compute_counts")
    change_count = fields.Integer(compute="_compute_counts")
    pause_count = fields.Integer(compute="_compute_counts")
    cancellation_count = fields.Integer(compute="_compute_counts")
    network_order_count = fields.Integer(compute="_compute_counts")

    # === COMPUTE METHODS === #

    def _compute_counts(self):
        counts = {
            counter: self._isp_count(model, field, "__count")
            for counter, (model, field) in COUNTERS.items()
        }
        counts["invoice_count"] = self._isp_count(
            "account.move.line", "isp_subscription_id", "move_id:count_distinct"
        )
        for subscription in self:
            for counter, numbers in counts.items():
                subscription[counter] = numbers.get(subscription._origin.id, 0)

    def _isp_count(self, model, field, aggregate):
        """Return ``{service id: number of records}`` in one query."""
        domain = [(field, "in", self._origin.ids)]
        groups = self.env[model].sudo()._read_group(domain, [field], [aggregate])
        return {subscription.id: number for subscription, number in groups}

    # === ACTION METHODS === #

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
        return self._isp_view_own("isp_subscription_period_action")

    def action_view_suspensions(self):
        return self._isp_view_own("isp_suspension_action")

    def action_view_promises(self):
        return self._isp_view_own("isp_promise_action")

    def action_view_notices(self):
        return self._isp_view_own("isp_notice_action")

    def action_view_network_orders(self):
        return self._isp_view_own("isp_network_order_action")

    def action_view_documents(self):
        self.ensure_one()
        context = {"default_subscription_id": self.id, "default_partner_id": self.partner_id.id}
        return self._isp_view_own("isp_document_action", context)

    def _isp_view_own(self, xmlid, context=None):
        self.ensure_one()
        return self._isp_action(xmlid, [("subscription_id", "=", self.id)], context)

    def _isp_action(self, xmlid, domain, context=None):
        """Return our window action narrowed to ``domain``."""
        actions = self.env["ir.actions.act_window"]
        action = actions._for_xml_id(f"isp_subscription.{xmlid}")
        return {**action, "domain": domain, "context": context or {}}
