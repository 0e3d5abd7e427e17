from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

STATES = [
    ("preparing", "Storing the card"),
    ("active", "Active"),
    ("suspended", "Needs another card"),
    ("ended", "Ended"),
]
LIVE_STATES = ("active", "suspended")
END_REASONS = [
    ("customer", "Switched off by the customer"),
    ("staff", "Switched off by the staff"),
    ("replaced", "Replaced by another card"),
    ("service", "The service ended"),
    ("not_stored", "The card could not be stored"),
]
# Written once, when the customer agrees or when the bank answers; nobody changes them later.
EVIDENCE = (
    "name",
    "subscription_id",
    "company_id",
    "accepted_at",
    "accepted_by",
    "customer_name",
    "ip",
    "user_agent",
    "consent_text",
    "consent_version",
    "text_hash",
    "lang",
    "amount_shown",
    "first_date_shown",
    "amount_cap",
    "charge_day",
    "card_brand",
    "card_last4",
    "evidence_hash",
)


class IspCardMandate(models.Model):
    """Direct debit: a customer's consent to have his card charged, with its evidence.

    The evidence (full text and its SHA-256, version, address and browser, moment in UTC, limit,
    day, brand and last four digits) is written once and never changed; ``evidence_hash`` seals it
    when the card is stored. Another card, limit or day is another consent: a new mandate that
    replaces this one. One mandate of a service is live.
    """

    _name = "isp.card.mandate"
    _description = "Direct debit of a card"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "end_folio", "subscription_id.name", "partner_id.name"]

    name = fields.Char(string="Folio", required=True, readonly=True, copy=False)
    subscription_id = fields.Many2one(
        "isp.subscription", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        related="subscription_id.partner_id", string="Customer", store=True, precompute=True
    )
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    token_id = fields.Many2one(
        "payment.token",
        string="Stored card",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_system",
    )
    registration_id = fields.Many2one(
        "isp.card.registration",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_system",
        help="The order to store the card.",
    )
    state = fields.Selection(
        STATES, default="preparing", required=True, readonly=True, index=True, tracking=True
    )

    # Evidence
    accepted_at = fields.Datetime(string="Agreed on", required=True, readonly=True, help="UTC.")
    accepted_by = fields.Many2one("res.users", string="Agreed by", required=True, readonly=True)
    customer_name = fields.Char(
        string="Name", required=True, readonly=True, help="Of the customer, as it was then."
    )
    ip = fields.Char(
        string="IP address", readonly=True, groups="isp_subscription.group_isp_billing"
    )
    user_agent = fields.Char(
        string="Browser", readonly=True, groups="isp_subscription.group_isp_billing"
    )
    consent_text = fields.Text(string="Text agreed to", required=True, readonly=True)
    consent_version = fields.Char(string="Version of the text", required=True, readonly=True)
    text_hash = fields.Char(string="Text (SHA-256)", required=True, readonly=True)
    lang = fields.Char(string="Language", readonly=True)
    amount_shown = fields.Monetary(readonly=True, help="Monthly amount shown with the text.")
    first_date_shown = fields.Date(readonly=True, help="Day of the first charge shown.")
    amount_cap = fields.Monetary(string="Most per charge", required=True, readonly=True)
    charge_day = fields.Integer(string="Day of the charge", required=True, readonly=True)
    card_brand = fields.Char(string="Brand", readonly=True, copy=False)
    card_last4 = fields.Char(string="Last four digits", readonly=True, copy=False)
    card_expiry = fields.Date(
        string="Good until", readonly=True, copy=False, help="Last day of its last month."
    )
    evidence_hash = fields.Char(string="Evidence (SHA-256)", readonly=True, copy=False)
    is_sealed = fields.Boolean(
        string="Unchanged", compute="_compute_is_sealed", help="The evidence is what it was then."
    )

    # Life
    activated_at = fields.Datetime(readonly=True, copy=False)
    suspended_at = fields.Datetime(readonly=True, copy=False)
    suspend_code = fields.Char(readonly=True, copy=False, help="Error code of the bank.")
    ended_at = fields.Datetime(readonly=True, copy=False)
    end_reason = fields.Selection(END_REASONS, readonly=True, copy=False)
    end_folio = fields.Char(string="Folio of the end", readonly=True, copy=False)
    end_note = fields.Text(string="Why, in the customer's words", readonly=True, copy=False)
    debit_ids = fields.One2many("isp.card.debit", "mandate_id", string="Charges", readonly=True)
    expiry_told = fields.Boolean(readonly=True, copy=False, help="The customer knows it expires.")
    problem = fields.Text(readonly=True, copy=False, help="Why a charge could not be announced.")
    start_token = fields.Char(
        readonly=True, copy=False, groups="base.group_system", help="One press of a button."
    )

    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)", "The folio must be unique per company."
    )
    _start_token_uniq = models.Constraint(
        "UNIQUE(start_token)", "One press of a button makes one direct debit."
    )
    _one_live = models.UniqueIndex(
        "(subscription_id) WHERE state IN ('active', 'suspended')",
        "The service has a direct debit already.",
    )
    _one_preparing = models.UniqueIndex(
        "(subscription_id) WHERE state = 'preparing'",
        "A card of this service is being stored.",
    )
    _cap_positive = models.Constraint(
        "CHECK(amount_cap > 0)", "A direct debit has a limit per charge."
    )
    _day_range = models.Constraint(
        "CHECK(charge_day BETWEEN 1 AND 31)", "The day of the charge must be between 1 and 31."
    )

    # === COMPUTE METHODS === #

    @api.depends("name", "card_brand", "card_last4")
    def _compute_display_name(self):
        for mandate in self:
            mandate.display_name = " · ".join(filter(None, (mandate.name, mandate._isp_card())))

    def _compute_is_sealed(self):
        for mandate in self:
            mandate.is_sealed = mandate.sudo()._isp_is_sealed()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Only the customer agrees to a direct debit."))
        return super().create(vals_list)

    def write(self, vals):
        """Extend: evidence that was written stays."""
        if not self.env.su:
            raise AccessError(self.env._("Use the buttons of the direct debit to change it."))
        for mandate in self:
            fixed = [name for name in EVIDENCE if name in vals and mandate[name]]
            if fixed:
                raise UserError(
                    self.env._("The evidence of a direct debit is never changed: %s", fixed[0])
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The evidence of a direct debit is never deleted."))

    # === ACTION METHODS === #

    def action_end(self):
        """Button: switch it off for the customer, at once."""
        self._isp_check_staff()
        for mandate in self.filtered(lambda row: row.state != "ended").sudo():
            mandate._isp_end("staff", self.env._("By %s", self.env.user.name))

    def _isp_check_staff(self):
        """Raise an `AccessError` for who may not switch direct debits off."""
        self.check_access("read")
        self.env["isp.subscription"]._isp_check_role("cashier", "billing")

    # === BUSINESS METHODS === #

    @api.model
    def _isp_live(self, subscription):
        """Return the live mandate of a service, empty when it has none."""
        domain = [("subscription_id", "=", subscription.id), ("state", "in", LIVE_STATES)]
        return self.search(domain, limit=1)

    def _isp_card(self):
        """Return ``Visa ···· 1111``, or nothing while the card is being stored."""
        self.ensure_one()
        if not self.card_last4:
            return ""
        return f"{self.card_brand or ''} ···· {self.card_last4}".strip()
