from odoo import fields, models


class IspSubscriptionPeriod(models.Model):
    """Which run billed the period, and on which day its statement was dealt with."""

    _inherit = "isp.subscription.period"

    run_id = fields.Many2one(
        "isp.run",
        readonly=True,
        index="btree_not_null",
        default=lambda self: self.env.context.get("isp_run_id"),
    )
    notice_date = fields.Date(
        string="Statement dealt with", readonly=True, help="Empty: the statement is still to come."
    )

    # Small whatever the age of the ledger: only what still waits for its statement.
    _without_notice = models.Index(
        "(company_id, move_id) WHERE notice_date IS NULL AND move_id IS NOT NULL"
    )
