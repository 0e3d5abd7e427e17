from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .account_move_batch import OWN_COLUMNS, OWN_NAMES

# What a posted line was billed for: debt and ledger are read from it.
SERVICE_FIELDS = {"isp_subscription_id", "isp_period_id", "isp_credited_period_id"}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    isp_subscription_id = fields.Many2one(
        "isp.subscription", string="Subscription", index="btree_not_null", copy=False
    )
    isp_period_id = fields.Many2one(
        "isp.subscription.period", string="Period", index="btree_not_null", copy=False
    )
    isp_period_ids = fields.One2many(
        "isp.subscription.period",
        "move_line_id",
        string="Periods",
        help="More than one when days in the middle were credited.",
    )
    isp_credited_period_id = fields.Many2one(
        "isp.subscription.period",
        string="Credited period",
        index="btree_not_null",
        copy=False,
        help="Period whose days this line of a credit note gives back.",
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: a posted line stays with its service, or a debt would change its debtor."""
        if not self.env.su and SERVICE_FIELDS & set(vals):
            posted = self.filtered(lambda line: line.parent_state == "posted")
            if posted:
                raise UserError(
                    self.env._(
                        "%s is posted: make a credit note to take it from its service.",
                        posted[0].move_id.name,
                    )
                )
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _reconcile_pre_hook(self):
        """Extend `account`: remember the cut-off dates before the money arrives."""
        data = super()._reconcile_pre_hook()
        subscriptions = self.move_id.sudo().isp_subscription_ids
        data["isp_cutoffs"] = {sub.id: sub.cutoff_date for sub in subscriptions}
        return data

    def _reconcile_post_hook(self, data):
        """Extend `account`: settle the ledger after every reconciliation, partial ones too."""
        res = super()._reconcile_post_hook(data)
        moves = self.move_id.filtered(lambda move: move.move_type == "out_invoice")
        moves._isp_after_reconcile(self.move_id.origin_payment_id, data["isp_cutoffs"])
        return res

    def _isp_pattern_vals(self, filled):
        """Return the columns of this item that items of like invoices have too.

        :param filled: names of the columns that are not NULL: what Odoo left empty stays so
        """
        self.ensure_one()
        own = OWN_COLUMNS | ({"name"} if self.display_type in OWN_NAMES else set())
        vals = {}
        for name, field in self._fields.items():
            if not field.store or field.related or name in own:
                continue
            if field.type == "many2many":
                vals[name] = [Command.set(self[name].ids)]
            elif name in filled:
                vals[name] = field.convert_to_write(self[name], self)
        return vals
