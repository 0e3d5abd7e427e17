from odoo import api, fields, models
from odoo.exceptions import AccessError

PROMISE_STATES = [
    ("open", "Valid"),
    ("kept", "Kept"),
    ("broken", "Broken"),
    ("cancelled", "Cancelled"),
]
# What the person who notes a promise may say; the rest follows from the debt.
GIVEN_FIELDS = {"subscription_id", "kind", "date_until", "amount", "note", "channel"}


class IspPromise(models.Model):
    """A day until which a debt is not cut: promised by the customer, or lent by the company.

    Days are calendar days of the company; ``date_until`` is inclusive.
    """

    _name = "isp.promise"
    _description = "Promise of payment or extension"
    _order = "date_until desc, id desc"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "isp.subscription", required=True, index=True, ondelete="cascade", check_company=True
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("promise", "Promise of payment"), ("extension", "Extension")],
        required=True,
        default="promise",
        help="A promise names the day of the payment. An extension lends the days of grace of"
        " the settings, once per cycle.",
    )
    date_until = fields.Date(
        string="Until", required=True, help="Last day on which the service is not cut."
    )
    amount = fields.Monetary(help="What was open, with tax, when it was given.")
    cutoff_date = fields.Date(
        string="Cycle", readonly=True, help="Cut-off date of the debt it is about."
    )
    debt_until = fields.Date(
        string="Debt due until", readonly=True, help="Last due date of what was open."
    )
    state = fields.Selection(PROMISE_STATES, default="open", required=True, readonly=True)
    closed_at = fields.Datetime(string="Closed on", readonly=True)
    channel = fields.Selection(
        [("staff", "Staff"), ("portal", "Portal")], default="staff", required=True, readonly=True
    )
    note = fields.Char(groups="isp_subscription.group_isp_readonly")

    _one_open = models.UniqueIndex(
        "(subscription_id) WHERE state = 'open'", "The service has a promise in force already."
    )
    _extension_per_cycle = models.UniqueIndex(
        "(subscription_id, cutoff_date) WHERE kind = 'extension' AND state != 'cancelled'",
        "The extension of this cycle was already given.",
    )
    _amount_positive = models.Constraint(
        "CHECK(amount IS NULL OR amount >= 0)", "The promised amount cannot be negative."
    )
    # Reviewed every day by company and date; the closed ones are history.
    _open_by_date = models.Index("(company_id, date_until) WHERE state = 'open'")

    # === COMPUTE METHODS === #

    @api.depends("subscription_id.name", "date_until")
    def _compute_display_name(self):
        for promise in self:
            day = fields.Date.to_string(promise.date_until) if promise.date_until else ""
            promise.display_name = f"{promise.subscription_id.name} {day}"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: check each against the debt it is about, and give the service back."""
        self.browse().check_access("create")
        promises = self.browse()
        for vals in vals_list:
            if not self.env.su and not set(vals) <= GIVEN_FIELDS:
                raise AccessError(self.env._("The rest of a promise follows from the debt."))
            subscription = self.env["isp.subscription"].browse(vals.get("subscription_id"))
            subscription.check_access("read")
            subscription._isp_check_promise(vals.get("kind") or "promise")
            values = subscription._isp_prepare_promise_vals(vals)
            promises |= super().create([values])
        for promise in promises:
            promise._isp_announce()
        return promises

    # === ACTION METHODS === #

    def action_cancel(self):
        """Take a promise back: the normal path goes on."""
        self.subscription_id._isp_check_role("billing")
        self.sudo()._isp_close("cancelled")

    # === BUSINESS METHODS === #

    def _isp_announce(self):
        """Write the promise in the history of the service and bring a suspended one back."""
        self.ensure_one()
        subscription = self.subscription_id.sudo()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        text = self.env._(
            "%(kind)s until %(day)s: %(amount)s",
            kind=labels[self.kind],
            day=fields.Date.to_string(self.date_until),
            amount=self.currency_id.format(self.amount),
        )
        subscription.message_post(body=text)
        if subscription._isp_suspended_for_debt() and self.company_id.isp_promise_restores:
            subscription._isp_switch_on("grace", text)

    def _isp_close(self, state):
        """Close the open promises of ``self`` as ``state``; who is closed stays closed."""
        still_open = self.filtered(lambda promise: promise.state == "open")
        if still_open:
            still_open.write({"state": state, "closed_at": fields.Datetime.now()})
        return still_open

    def _isp_close_settled(self):
        """Close as kept the open promises whose debt is paid; return them."""
        kept = self.browse()
        waiting = self.sudo().filtered(lambda promise: promise.state == "open")
        for (company, until), group in waiting.grouped(
            lambda promise: (promise.company_id, promise.debt_until)
        ).items():
            # The debt of that time is what was due up to ``debt_until``, not later bills.
            day = fields.Date.add(until, days=1)
            owed = group.subscription_id._isp_situation(day)
            kept |= group.filtered(
                lambda promise, owed=owed, least=company.isp_min_debt: (
                    promise.subscription_id.id not in owed
                    or owed[promise.subscription_id.id].overdue < least
                )
            )
        return kept._isp_close("kept")

    @api.model
    def _isp_close_lapsed(self, company, date):
        """Close the promises of ``company`` whose last day is before ``date``: kept or broken."""
        lapsed = self.sudo().search(
            [("company_id", "=", company.id), ("state", "=", "open"), ("date_until", "<", date)]
        )
        lapsed._isp_close_settled()
        return lapsed._isp_close("broken")
