from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import STATES as SERVICE_STATES

CHANNELS = [
    ("portal", "Customer area"),
    ("counter", "Counter"),
    ("phone", "Phone"),
    ("mail", "E-mail"),
]
STATES = [("requested", "In process"), ("done", "Done"), ("withdrawn", "Withdrawn")]
REFUND_STATES = [
    ("none", "Nothing to refund"),
    ("to_refund", "To refund"),
    ("refunded", "Refunded"),
    ("kept", "Kept as credit"),
]
# The rest follows from the request, the ledger and the payments.
EDITABLE = {"pickup_date", "pickup_note", "pickup_done", "reason_id", "note"}


class IspCancellation(models.Model):
    """Request to end a service: its folio, its final statement and its refund.

    ``effective_date`` is the first day without service. Until then the request can be
    withdrawn; on that day the used days are billed, the unused ones credited, what is owed is
    settled with that credit, and the rest waits for its refund.
    """

    _name = "isp.cancellation"
    _description = "Cancellation of a service"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "requested_at desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "subscription_id.name", "partner_id.name"]

    name = fields.Char(string="Folio", required=True, readonly=True, copy=False)
    subscription_id = fields.Many2one(
        "isp.subscription", required=True, index=True, ondelete="restrict", check_company=True
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    channel = fields.Selection(CHANNELS, default="counter", required=True)
    reason_id = fields.Many2one("isp.cancel.reason", ondelete="restrict")
    note = fields.Text(string="In the customer's words")
    requested_at = fields.Datetime(string="Requested", default=fields.Datetime.now, required=True)
    effective_date = fields.Date(
        string="Service until", required=True, index=True, help="First day without service."
    )
    closed_at = fields.Datetime(string="Closed", help="When it was carried out or withdrawn (UTC).")
    state = fields.Selection(STATES, default="requested", required=True, index=True, tracking=True)
    previous_state = fields.Selection(
        SERVICE_STATES,
        string="State before",
        required=True,
        help="State of the service that a withdrawal restores.",
    )

    # Final statement
    line_ids = fields.One2many("isp.cancellation.line", "cancellation_id", string="Statement")
    balance = fields.Monetary(
        string="Final balance", help="Positive is owed by the customer, negative is his."
    )
    credit_move_ids = fields.Many2many(
        "account.move",
        "isp_cancellation_credit_move_rel",
        "cancellation_id",
        "move_id",
        string="Credit notes",
    )

    # Refund
    refund_amount = fields.Monetary(string="To refund", help="Set when the service ends.")
    refund_state = fields.Selection(
        REFUND_STATES, string="Refund", default="none", required=True, index=True, tracking=True
    )
    refund_payment_id = fields.Many2one(
        "account.payment", string="Refund payment", index="btree_not_null"
    )

    # Equipment
    pickup_date = fields.Date(string="Pick-up of the equipment")
    pickup_note = fields.Char(string="Equipment", help="What is collected, and where.")
    pickup_done = fields.Boolean(string="Equipment collected", tracking=True)

    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)", "The folio must be unique per company."
    )
    _one_open = models.UniqueIndex(
        "(subscription_id) WHERE state = 'requested'",
        "The cancellation of this service is already in process.",
    )
    _ended_once = models.UniqueIndex(
        "(subscription_id) WHERE state = 'done'", "A service is cancelled only once."
    )
    _refund_once = models.UniqueIndex(
        "(refund_payment_id) WHERE refund_payment_id IS NOT NULL",
        "A payment refunds one cancellation.",
    )
    _refund_positive = models.Constraint(
        "CHECK(refund_amount IS NULL OR refund_amount >= 0)", "A refund cannot be negative."
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("A cancellation is requested on its service."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and set(vals) - EDITABLE:
            raise AccessError(self.env._("Use the buttons of the cancellation to change it."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A folio is never deleted: withdraw the request instead."))

    # === ACTION METHODS === #

    def action_withdraw(self):
        """The customer stays: the service goes on as before."""
        self.ensure_one()
        self.subscription_id._isp_check_role("cashier", "billing")
        self.sudo()._withdraw(self.env._("Withdrawn by %s", self.env.user.name))

    def action_print_statement(self):
        self.ensure_one()
        return self.env.ref("isp_subscription.action_report_final_statement").report_action(
            self, config=False
        )

    # === BUSINESS METHODS === #

    def _withdraw(self, reason):
        """Take the request back before its date; the service gets its former state again.

        :raise UserError: when the service has already ended
        """
        self.ensure_one()
        subscription = self.subscription_id
        subscription._lock_for_settlement()
        self.invalidate_recordset(["state"])
        if self.state == "withdrawn":
            return
        if self.state != "requested":
            raise UserError(self.env._("The service has ended: make a new contract instead."))
        self.write({"state": "withdrawn", "closed_at": fields.Datetime.now()})
        subscription.date_end = False
        subscription._set_state(self.previous_state, reason)
        subscription._isp_refresh_service()
        self._message_log(body=reason)
        self._notify("withdrawn")

    def _store_lines(self, quote):
        """Keep the lines of a statement, replacing what an earlier one said."""
        self.ensure_one()
        self.line_ids.unlink()
        self.env["isp.cancellation.line"].create(
            [{**line, "cancellation_id": self.id} for line in quote["lines"]]
        )
        self.balance = quote["balance"]

    def _notify(self, step):
        """Tell the customer in his language: "requested", "done" or "withdrawn"."""
        self.ensure_one()
        lang = self.partner_id.lang or self.company_id._isp_lang()
        folio = self.with_context(lang=lang)
        service = folio.subscription_id
        last = service._isp_leave_day(fields.Date.subtract(self.effective_date, days=1))
        names = {"folio": self.name, "last": last}
        text = {
            "requested": folio.env._(
                "We received your cancellation, folio %(folio)s. The last day of service is"
                " %(last)s.",
                **names,
            ),
            "done": folio.env._(
                "Your service has ended, folio %(folio)s. Your final statement is in your customer"
                " area.",
                **names,
            ),
            "withdrawn": folio.env._(
                "Your cancellation %(folio)s was withdrawn: your service goes on as before.",
                **names,
            ),
        }[step]
        service._isp_notify("cancellation", f"{self.name}-{step}", text=text)
