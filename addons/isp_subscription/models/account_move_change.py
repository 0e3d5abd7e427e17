from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """The draft invoice of a change of plan: posted by the money, by nobody's hand."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """Extend `account`: the invoice of a request that is not paid is no debt."""
        if not self.env.context.get("isp_changing_plan"):
            self._isp_check_no_open_change()
        return super()._post(soft)

    def _isp_check_no_open_change(self):
        loose = self.line_ids.filtered(
            lambda line: line.isp_subscription_id and not line.isp_period_id
        )
        if not loose:
            return
        waiting = self.env["isp.plan.change"].sudo()
        waiting = waiting.search(
            [("move_id", "in", loose.move_id.ids), ("state", "=", "awaiting_payment")], limit=1
        )
        if waiting:
            raise UserError(
                self.env._("The invoice of %s is posted when it is paid.", waiting.display_name)
            )
