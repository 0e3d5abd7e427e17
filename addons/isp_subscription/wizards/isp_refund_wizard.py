from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class IspRefundWizard(models.TransientModel):
    """How the money of a cancellation was given back."""

    _name = "isp.refund.wizard"
    _description = "Refund of a cancellation"

    cancellation_id = fields.Many2one("isp.cancellation", required=True)
    company_id = fields.Many2one(related="cancellation_id.company_id")
    currency_id = fields.Many2one(related="cancellation_id.currency_id")
    partner_id = fields.Many2one(related="cancellation_id.partner_id")
    amount = fields.Monetary(string="To give back", related="cancellation_id.refundable")
    date = fields.Date(required=True, default=lambda self: self.env.company._isp_today())
    journal_id = fields.Many2one(
        "account.journal",
        string="Paid from",
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )
    reference = fields.Char(help="Tracking key of the transfer, number of the receipt…")

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_journal_id(self):
        for wizard in self:
            wizard.journal_id = self.env["account.journal"].search(
                [("type", "in", ("bank", "cash")), ("company_id", "=", wizard.company_id.id)],
                limit=1,
            )

    # === ACTION METHODS === #

    def action_confirm(self):
        """Book the refund, once."""
        self.ensure_one()
        cancellation = self.cancellation_id
        cancellation.subscription_id._isp_check_role("billing")
        journal = self.journal_id.sudo()
        if not journal.filtered_domain(
            [
                *journal._check_company_domain(cancellation.company_id),
                ("type", "in", ("bank", "cash")),
            ]
        ):
            raise UserError(
                self.env._("Choose a bank or a till of %s.", cancellation.company_id.name)
            )
        today = cancellation.company_id._isp_today()
        if not cancellation.effective_date <= self.date <= today:
            first, last = (
                format_date(self.env, day) for day in (cancellation.effective_date, today)
            )
            raise UserError(
                self.env._("Choose a day from %(first)s to %(last)s.", first=first, last=last)
            )
        cancellation.sudo()._register_refund(journal, self.reference or "", self.date)
        return {"type": "ir.actions.act_window_close"}
