from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

STATES = [
    ("announced", "Announced"),
    ("charging", "Being charged"),
    ("retry", "Refused, tried again"),
    ("card", "Needs another card"),
    ("paid", "Charged"),
    ("settled", "Nothing to charge"),
    ("failed", "Not charged"),
    ("cancelled", "Switched off"),
]
# A charge is still to come, or may be.
OPEN_STATES = ("announced", "charging", "retry", "card")
DUE_STATES = ("announced", "retry")


class IspCardDebit(models.Model):
    """The charge of one period by direct debit: announced, tried, paid or given up.

    One row per service and period, whatever card pays it: that a period is charged once rests on
    its unique index and on the lock of the row. Its attempts are `isp.card.charge` rows. Dates are
    days of the company's calendar.
    """

    _name = "isp.card.debit"
    _description = "Charge by direct debit"
    _order = "charge_date desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["subscription_id.name", "partner_id.name", "mandate_id.name"]

    mandate_id = fields.Many2one(
        "isp.card.mandate", required=True, readonly=True, index=True, ondelete="restrict"
    )
    subscription_id = fields.Many2one(
        "isp.subscription", required=True, readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        related="subscription_id.partner_id", string="Customer", store=True, precompute=True
    )
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    period_start = fields.Date(string="Period from", required=True, readonly=True)
    date_due = fields.Date(
        string="Due date", required=True, readonly=True, help="Of the newest invoice it charges."
    )
    charge_date = fields.Date(
        string="Announced for", required=True, readonly=True, help="Day told to the customer."
    )
    next_date = fields.Date(string="Next attempt", readonly=True, index="btree_not_null")
    amount = fields.Monetary(
        string="Announced", required=True, readonly=True, help="Never more is charged, with tax."
    )
    amount_charged = fields.Monetary(string="Charged", readonly=True)
    notice_id = fields.Many2one("isp.notice", readonly=True, index="btree_not_null")
    opening = fields.Integer(readonly=True, default=1, help="How often it was announced anew.")
    state = fields.Selection(STATES, default="announced", required=True, readonly=True, index=True)
    charge_ids = fields.One2many("isp.card.charge", "debit_id", string="Attempts", readonly=True)
    attempts = fields.Integer(string="Number of attempts", compute="_compute_attempts")
    last_code = fields.Char(string="Answer of the bank", readonly=True)
    reason = fields.Char(readonly=True, help="Why nothing was charged yet, for the staff.")

    _period_uniq = models.UniqueIndex(
        "(subscription_id, period_start)", "A period of a service is charged once."
    )
    _amount_positive = models.Constraint("CHECK(amount > 0)", "A charge has an amount.")

    # === COMPUTE METHODS === #

    @api.depends("charge_ids")
    def _compute_attempts(self):
        for debit in self:
            debit.attempts = len(debit.charge_ids)

    @api.depends("subscription_id.name", "charge_date")
    def _compute_display_name(self):
        for debit in self:
            debit.display_name = f"{debit.subscription_id.name} · {debit.charge_date}"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Charges by direct debit follow from the bills."))
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Charges by direct debit are kept as proof."))
