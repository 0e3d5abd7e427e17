from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.account_payment import POSTED_STATES


class IspCounterPayment(models.TransientModel):
    _name = "isp.counter.payment"
    _description = "Counter payment"

    subscription_id = fields.Many2one("isp.subscription", required=True)
    company_id = fields.Many2one(related="subscription_id.company_id")
    currency_id = fields.Many2one(related="subscription_id.currency_id")
    partner_id = fields.Many2one(related="subscription_id.partner_id")
    cutoff_date = fields.Date(related="subscription_id.cutoff_date")
    months = fields.Integer(default=1, required=True)
    amount_due = fields.Monetary(string="Total", compute="_compute_quote")
    new_cutoff_date = fields.Date(string="Next cut-off", compute="_compute_quote")
    quote_html = fields.Html(string="Detail", compute="_compute_quote")
    amount = fields.Monetary(
        string="Received",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    payment_form_id = fields.Many2one(
        "isp.payment.form",
        required=True,
        default=lambda self: self.env["isp.payment.form"]._isp_get("cash_branch"),
    )
    branch_id = fields.Many2one(
        "isp.branch",
        compute="_compute_branch_id",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    reference = fields.Char()
    line_ids = fields.One2many(
        "isp.counter.payment.line",
        "wizard_id",
        string="Other services",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    twin_text = fields.Char(compute="_compute_twin_text")
    payment_id = fields.Many2one(
        "account.payment", readonly=True, help="What was booked; the button books once."
    )

    # === COMPUTE METHODS === #

    @api.depends("subscription_id")
    def _compute_line_ids(self):
        for wizard in self:
            others = wizard.subscription_id._isp_payer_services() - wizard.subscription_id
            wizard.line_ids = [Command.clear()] + [
                Command.create({"subscription_id": service.id}) for service in others
            ]

    @api.depends("amount", "subscription_id")
    def _compute_twin_text(self):
        for wizard in self:
            wizard.twin_text = wizard._isp_twin_text()

    @api.depends("subscription_id", "months", "line_ids.is_paid", "line_ids.months")
    def _compute_quote(self):
        for wizard in self:
            quote = wizard._get_quote()
            wizard.amount_due = quote["total"]
            main = quote["quotes"][wizard.subscription_id]
            wizard.new_cutoff_date = main["new_cutoff_date"]
            wizard.quote_html = self.env["ir.qweb"]._render(
                "isp_subscription.counter_payment_quote",
                {"lines": quote["lines"], "currency": quote["currency"]},
            )

    @api.depends("amount_due")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.amount_due

    @api.depends("subscription_id")
    def _compute_branch_id(self):
        for wizard in self:
            wizard.branch_id = wizard.subscription_id.branch_id

    @api.depends("branch_id", "company_id")
    def _compute_journal_id(self):
        for wizard in self:
            journals = self.env["account.journal"].sudo()
            wizard.journal_id = wizard.branch_id.sudo().journal_id or journals.search(
                [
                    *journals._check_company_domain(wizard.company_id),
                    ("type", "in", ("cash", "bank")),
                ],
                order="type desc, sequence, id",
                limit=1,
            )

    # === ACTION METHODS === #

    def action_register(self):
        """Book the money, allocate it and open the receipt; pressed twice, it books once."""
        self.ensure_one()
        if not self.env.user.has_group("isp_subscription.group_isp_cashier"):
            raise UserError(self.env._("Only cashiers can register counter payments."))
        self.lock_for_update()
        self.invalidate_recordset(["payment_id"])
        if not self.sudo().payment_id:
            self.sudo().payment_id = self._isp_register()
        payment = self.sudo().payment_id.with_env(self.env)
        return payment.action_isp_print_receipt() | {"close_on_report_download": True}

    # === BUSINESS METHODS === #

    def _get_quote(self):
        """Return the quote of all the chosen services."""
        self.ensure_one()
        plan = self._get_plan()
        self.subscription_id.union(*plan).check_access("read")
        return self.subscription_id._get_payer_quote(plan)

    def _get_plan(self):
        """Return ``{subscription: months}`` as chosen, never out of the allowed range."""
        self.ensure_one()
        most = self.company_id.isp_max_months or 1
        plan = {self.subscription_id: min(max(self.months, 0), most)}
        for line in self.line_ids.filtered("is_paid"):
            plan[line.subscription_id] = line._isp_months()
        return plan

    def _check_place(self):
        """Raise a `UserError` unless till and branch are of the company of the service."""
        company, journal = self.company_id, self.journal_id.sudo()
        right = journal.filtered_domain(
            [*journal._check_company_domain(company), ("type", "in", ("cash", "bank"))]
        )
        branch = self.branch_id.sudo()
        if not right or branch.company_id not in (company, branch.company_id.browse()):
            raise UserError(self.env._("Choose a till and a branch of %s.", company.name))

    def _isp_twin_text(self):
        """Return a warning when the same amount came in a few days ago, by whatever channel."""
        self.ensure_one()
        days = self.company_id.isp_duplicate_days
        payer = self.partner_id.commercial_partner_id
        twin = (
            self.env["account.payment"]
            .sudo()
            .search(
                [
                    ("partner_id.commercial_partner_id", "=", payer.id),
                    ("company_id", "=", self.company_id.id),
                    ("amount", "=", self.amount),
                    ("date", ">=", self.company_id._isp_today() - timedelta(days)),
                    ("state", "in", POSTED_STATES),
                    ("isp_number", ">", 0),
                ],
                order="isp_number desc",
                limit=1,
            )
        )
        if not twin:
            return False
        return self.env._(
            "This customer already paid %(amount)s on %(date)s (payment no. %(number)s, %(form)s).",
            amount=twin.currency_id.format(twin.amount),
            date=twin.date,
            number=twin.isp_number,
            form=twin.isp_payment_form_id.name or "",
        )

    def _isp_register(self):
        """Create, post and allocate the payment; return it."""
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount, 0.0) <= 0:
            raise UserError(self.env._("The amount received must be more than zero."))
        self._check_place()
        plan = self._get_plan()
        self.subscription_id.union(*plan)._isp_check_payable()
        quote = self._get_quote()
        context = {"force_payment_move": True, "isp_settle_later": True}
        payments_sudo = self.env["account.payment"].sudo().with_context(**context)
        payment_sudo = payments_sudo.create(self._prepare_payment_vals())
        payment_sudo.action_post()
        payment_sudo = payment_sudo.with_env(self.env(su=True))
        self.subscription_id._isp_settle_payment(
            payment_sudo,
            months=plan[self.subscription_id],
            amount_due=quote["total"],
            plan=plan,
        )
        payment_sudo.message_post(
            body=self.env._("Received at the counter by %s", self.env.user.name)
        )
        return payment_sudo.with_env(self.env)

    def _prepare_payment_vals(self):
        """Return the values of the `account.payment` of this counter payment."""
        self.ensure_one()
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "journal_id": self.journal_id.id,
            "date": self.company_id._isp_today(),
            "memo": self.reference or ", ".join(sub.name for sub in self._get_plan()),
            "isp_paid_at": fields.Datetime.now(),
            "isp_payment_form_id": self.payment_form_id.id,
            "isp_subscription_id": self.subscription_id.id,
            "isp_branch_id": self.branch_id.id,
            "isp_reference": self.reference,
        }
