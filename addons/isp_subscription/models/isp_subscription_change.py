from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .isp_plan_change import OPEN_STATES

CHANGEABLE_STATES = ("active", "grace")
# States in which an open request has lost its sense.
CLOSING_STATES = ("paused", "cancel_pending", "cancelled")


class IspSubscription(models.Model):
    """Changes of plan: who may ask for which, and what happens when money arrives."""

    _inherit = "isp.subscription"

    change_ids = fields.One2many("isp.plan.change", "subscription_id", readonly=True)
    open_change_id = fields.Many2one(
        "isp.plan.change",
        string="Open plan change",
        compute="_compute_open_change_id",
        store=True,
        index="btree_not_null",
    )
    next_plan_id = fields.Many2one(
        "product.template", readonly=True, copy=False, help="Plan of a change that is scheduled."
    )
    next_plan_date = fields.Date(
        readonly=True, copy=False, help="First day billed with the next plan."
    )
    next_plan_price = fields.Monetary(readonly=True, copy=False)

    # === COMPUTE METHODS === #

    @api.depends("change_ids.state")
    def _compute_open_change_id(self):
        for subscription in self:
            subscription.open_change_id = subscription.change_ids.filtered(
                lambda change: change.state in OPEN_STATES
            )[:1]

    # === ACTION METHODS === #

    def action_change_plan(self):
        """Open the assistant that shows what a change costs."""
        self.ensure_one()
        self._isp_check_role("cashier", "billing")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.isp_plan_change_wizard_action"
        )
        return {**action, "context": {"default_subscription_id": self.id}}

    def action_view_changes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.isp_plan_change_action"
        )
        return {**action, "domain": [("subscription_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS: REQUEST === #

    def _isp_request_plan_change(self, plan, policy=None, channel="office", price=0.0, key=False):
        """Ask for a change of plan; an open request is replaced by it.

        :param plan: new plan, one that is allowed from the present one
        :param str policy: default that of the company, or the next cut for postpaid services
        :param str channel: ``office`` or ``portal``
        :param float price: price of one's own with the new plan (0: the plan's)
        :param str key: mark of the press of a button; the same one gives the same request
        :return: the `isp.plan.change`, already applied when nothing has to be paid for it
        :raise UserError: when this change is not possible; the text says why
        """
        self.ensure_one()
        record = self.sudo()
        record._lock_for_settlement()
        known = record.change_ids.filtered(lambda change: key and change.request_mark == key)
        if known:
            return known.with_env(self.env)
        policy = policy or record._isp_default_policy(plan)
        record._isp_check_plan_change(plan, policy, price)
        replaced = record.change_ids.filtered(lambda change: change.state in OPEN_STATES)
        replaced._isp_close("cancelled", self.env._("Replaced by a new request"))
        changes = self.env["isp.plan.change"].sudo()
        change = changes._isp_create(record, plan.sudo(), policy, channel, price)
        change.request_mark = key
        change._isp_start()
        return change.with_env(self.env)

    def _isp_default_policy(self, plan):
        """Return the policy of the company where it fits: postpaid changes at the next cut."""
        self.ensure_one()
        both = {self.billing_mode, plan.sudo().isp_billing_mode}
        if both != {"prepaid"}:
            return "next_cutoff"
        return self.company_id.isp_plan_change_policy

    def _isp_allowed_plans(self):
        """Return the plans this service may change to, the cheapest first."""
        self.ensure_one()
        plans = self.sudo().plan_id.isp_allowed_plan_ids.with_company(self.company_id)
        offered = plans.filtered(
            lambda plan: (
                plan.active
                and plan.isp_is_plan
                and plan != self.sudo().plan_id
                and plan.company_id in (self.env["res.company"], self.company_id)
            )
        )
        return offered.sorted(lambda plan: (plan.isp_price_total, plan.id))

    def _isp_check_plan_change(self, plan, policy, price=0.0):
        """Raise a `UserError` unless this service may change to ``plan`` by ``policy``."""
        self.ensure_one()
        _, plan = self.env._, plan.sudo()
        if self.state not in CHANGEABLE_STATES:
            raise UserError(_("Only an active service can change its plan. Pay what is due first."))
        if not self.date_start or not self.next_billing_date:
            raise UserError(_("%s has no start date yet.", self.name))
        if plan == self.plan_id:
            raise UserError(_("The service has this plan already."))
        if plan not in self._isp_allowed_plans():
            raise UserError(
                _(
                    "%(old)s cannot be changed to %(new)s: choose one of the allowed plans.",
                    old=self.plan_id.name,
                    new=plan.name or "?",
                )
            )
        if price < 0:
            raise UserError(_("A price cannot be negative."))
        self._isp_check_policy(plan, policy)

    def _isp_check_policy(self, plan, policy):
        _, mode, target = self.env._, self.billing_mode, plan.isp_billing_mode
        if mode != target and policy != "next_cutoff":
            raise UserError(
                _("These plans are billed in different ways: change at the next cut-off.")
            )
        if mode == "postpaid" and policy == "on_payment":
            raise UserError(_("A postpaid service changes now or at the next cut-off."))

    # === BUSINESS METHODS: MONEY === #

    def _isp_try_plan_change(self):
        """Extend: apply the open changes of these services that the payer's credit pays."""
        moves = super()._isp_try_plan_change()
        if self.env.context.get("isp_changing_plan") or not self.ids:
            return moves
        changes = self.env["isp.plan.change"].sudo()
        for change in changes.search(changes._isp_waiting_domain(self)):
            moves |= change._isp_on_money()
        return moves

    def _apply_credit(self):
        """Extend: while a change is being made its money is not spent on anything else."""
        if self.env.context.get("isp_changing_plan"):
            return self.env["account.move"]
        return super()._apply_credit()

    def _isp_settle_payment(self, payment, months=0, amount_due=None, plan=None):
        """Extend: exactly the price of months of the present plan is for these months.

        Any other payment that covers an open change of plan is for the change.
        """
        change, payment_sudo = self.sudo().open_change_id, payment.sudo()
        if change and months and amount_due and not payment_sudo.isp_settled:
            change._isp_yield_to_months(payment_sudo, amount_due)
        payment_sudo.isp_change_id._isp_note_late_payment(payment_sudo)
        moves = super()._isp_settle_payment(payment, months, amount_due, plan)
        others = self._isp_waiting_services() - self.sudo()
        return moves | others._isp_try_plan_change().with_env(self.env)

    def _isp_waiting_services(self):
        """Return the services of this payer whose change of plan waits for money."""
        self.ensure_one()
        changes = self.env["isp.plan.change"].sudo()
        waiting = changes.search(
            Domain("commercial_partner_id", "=", self.sudo().commercial_partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "awaiting_payment")
        )
        return waiting.subscription_id

    def _on_paid(self, periods, move):
        """Extend: whoever pays the month that a request would replace keeps his plan."""
        res = super()._on_paid(periods, move)
        change = self.sudo().open_change_id
        if change and not self.env.context.get("isp_changing_plan"):
            change._isp_on_old_plan_paid(periods)
        return res

    def _set_state(self, state, reason=None):
        """Extend: a service that rests or ends waits for the money of no change of plan.

        A change at the next cut costs nothing and is made, unless the service ended before.
        """
        res = super()._set_state(state, reason)
        change = self.sudo().open_change_id
        is_over = state == "cancelled" or change.state == "awaiting_payment"
        if change and is_over and state in CLOSING_STATES:
            labels = dict(self._fields["state"]._description_selection(self.env))
            change._isp_close("cancelled", self.env._("The service is %s", labels[state]))
        return res

    def _isp_make_due_change(self, date):
        """Make the scheduled change whose cut lies before ``date``, the end of the service."""
        self.ensure_one()
        change = self.sudo().open_change_id
        if change.state == "scheduled" and change.effective_date < date:
            change._isp_apply_scheduled()

    # === BUSINESS METHODS: BILLING === #

    def _isp_billed_as(self, period):
        """Return this service as ``period`` is billed: with the plan of a scheduled change."""
        if not self.next_plan_id or period.start < self.next_plan_date:
            return self
        return self._isp_as_if(self.next_plan_id, self.next_plan_price)

    def _due_periods(self, date):
        """Extend: days after a scheduled change to a postpaid plan are not billed before."""
        periods = super()._due_periods(date)
        if self.next_plan_id.isp_billing_mode != "postpaid" or self.billing_mode == "postpaid":
            return periods
        return [period for period in periods if period.start < self.next_plan_date]

    def _period_price(self, period):
        """Extend: days after a scheduled change have the price of the next plan."""
        billed = self._isp_billed_as(period)
        return super(IspSubscription, billed)._period_price(period)

    def _prepare_period_vals(self, period):
        """Extend: days after a scheduled change belong to the next plan."""
        vals = super()._prepare_period_vals(period)
        billed = self._isp_billed_as(period)
        if billed != self:
            vals |= {
                "plan_id": self.next_plan_id.id,
                "price": billed.price_total,
                "change_id": self.open_change_id.id,
            }
        return vals

    def _prepare_invoice_line_vals(self, period):
        """Extend: days after a scheduled change are billed with the next plan."""
        billed = self._isp_billed_as(period)
        vals = super(IspSubscription, billed)._prepare_invoice_line_vals(period)
        return {**vals, "isp_subscription_id": self.id}

    def _period_label(self, period, plan=None):
        """Extend: days after a scheduled change are named after the next plan."""
        if not plan and self.next_plan_id and period.start >= self.next_plan_date:
            plan = self.next_plan_id
        return super()._period_label(period, plan)
