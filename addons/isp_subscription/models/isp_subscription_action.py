from odoo import fields, models


class IspSubscription(models.Model):
    """Navigation of the stat buttons."""

    _inherit = "isp.subscription"

    invoice_count = fields.Integer(compute="_compute_counts")
    payment_count = fields.Integer(compute="_compute_counts")
    period_count = fields.Integer(compute="_compute_counts")
    document_count = fields.Integer(compute="_compute_counts")
    suspension_count = fields.Integer(compute="_compute_counts")

    # === COMPUTE METHODS === #

    def _compute_counts(self):
        def count(model, field="subscription_id"):
            groups = (
                self.env[model].sudo()._read_group([(field, "in", self.ids)], [field], ["__count"])
            )
            return {subscription.id: number for subscription, number in groups}

        moves = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [("isp_subscription_id", "in", self.ids)],
                ["isp_subscription_id"],
                ["move_id:count_distinct"],
            )
        )
        invoices = {subscription.id: number for subscription, number in moves}
        payments = count("account.payment", "isp_subscription_id")
        periods = count("isp.subscription.period")
        documents = count("isp.document")
        suspensions = count("isp.suspension")
        for subscription in self:
            subscription.invoice_count = invoices.get(subscription.id, 0)
            subscription.payment_count = payments.get(subscription.id, 0)
            subscription.period_count = periods.get(subscription.id, 0)
            subscription.document_count = documents.get(subscription.id, 0)
            subscription.suspension_count = suspensions.get(subscription.id, 0)

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
        self.ensure_one()
        return self._isp_action(
            "isp_subscription_period_action", [("subscription_id", "=", self.id)]
        )

    def action_view_suspensions(self):
        self.ensure_one()
        return self._isp_action("isp_suspension_action", [("subscription_id", "=", self.id)])

    def action_view_documents(self):
        self.ensure_one()
        context = {"default_subscription_id": self.id, "default_partner_id": self.partner_id.id}
        return self._isp_action("isp_document_action", [("subscription_id", "=", self.id)], context)

    def _isp_action(self, xmlid, domain, context=None):
        """Return our window action narrowed to ``domain``."""
        actions = self.env["ir.actions.act_window"]
        action = actions._for_xml_id(f"isp_subscription.{xmlid}")
        return {**action, "domain": domain, "context": context or {}}
