from odoo import api, fields, models

#: How the forms of payment that come with the suite are taken, by code.
COUNTER_KINDS = {
    "cash_branch": "cash",
    "card_terminal": "card",
    "deposit": "bank",
    "transfer": "bank",
}


class IspPaymentForm(models.Model):
    """Which forms of payment a cashier takes, and how."""

    _inherit = "isp.payment.form"

    counter_kind = fields.Selection(
        [
            ("cash", "Cash, counted in the drawer"),
            ("card", "Card terminal"),
            ("bank", "Deposit or transfer with a slip"),
        ],
        string="At the counter",
        compute="_compute_counter_kind",
        store=True,
        readonly=False,
        precompute=True,
        help="How a cashier takes it. Empty: it is not offered at the counter.",
    )
    counter_reference = fields.Boolean(
        string="Reference needed",
        compute="_compute_counter_kind",
        store=True,
        readonly=False,
        precompute=True,
        help="The cashier types the number of the slip or of the authorisation.",
    )

    # === COMPUTE METHODS === #

    @api.depends("code")
    def _compute_counter_kind(self):
        for form in self:
            kind = COUNTER_KINDS.get(form.code)
            form.counter_kind = kind or form.counter_kind
            form.counter_reference = kind in ("card", "bank") or form.counter_reference
