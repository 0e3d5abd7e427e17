import base64

from odoo import api, fields, models
from odoo.exceptions import ValidationError

DEFAULT_ZONE = "America/Mexico_City"
DEFAULT_LANG = "es_MX"
DEFAULT_COLOR = "#0f4c81"
SEQUENCES = {
    # code: (name, prefix, padding)
    "isp.subscription": ("Subscription contract", "", 6),
    "isp.payment": ("Customer payment no.", "", 1),
    "isp.cancellation": ("Cancellation folio", "CAN-", 6),
}


class ResCompany(models.Model):
    _inherit = "res.company"

    isp_lead_days = fields.Integer(
        string="Days before the cut-off",
        default=7,
        help="Prepaid services are invoiced this many days before their cut-off date.",
    )
    isp_statement_days = fields.Integer(
        string="Days to pay",
        default=10,
        help="Postpaid services are due this many days after the end of the period.",
    )
    isp_grace_days = fields.Integer(
        string="Grace days",
        default=5,
        help="Calendar days after the due date during which the service is never cut.",
    )
    isp_max_months = fields.Integer(string="Most months at once", default=12)
    isp_min_debt = fields.Monetary(
        string="Smallest debt that suspends", default=0.01, help="Overdue amount, with tax."
    )
    isp_suspended_billing = fields.Selection(
        [("skip", "Do not bill"), ("bill", "Go on billing")],
        string="While suspended for debt",
        default="skip",
        required=True,
    )
    isp_portal_title = fields.Char(string="Portal title", default="Customer portal")
    isp_product_name = fields.Char(string="Product name", default="Runtime CX")
    isp_support_phone_1 = fields.Char(string="Support phone")
    isp_support_phone_2 = fields.Char(string="Second support phone")
    isp_suspend_weekdays = fields.Char(
        string="Weekdays with cuts",
        default="1,2,3,4",
        help="ISO numbers separated by commas: 1 is Monday, 7 is Sunday.",
    )
    isp_consumption_range = fields.Selection(
        [("cutoff", "From cut-off to cut-off"), ("calendar", "Calendar month")],
        string="Consumption shown",
        default="cutoff",
        required=True,
    )
    isp_contract_prefix = fields.Char(
        string="Contract prefix",
        compute="_compute_isp_contract_prefix",
        inverse="_inverse_isp_contract_prefix",
    )

    _isp_days_positive = models.Constraint(
        "CHECK(isp_lead_days >= 0 AND isp_grace_days >= 0 AND isp_statement_days >= 0)",
        "The days of the billing rules cannot be negative.",
    )
    _isp_max_months_range = models.Constraint(
        "CHECK(isp_max_months BETWEEN 1 AND 60)", "Offer between 1 and 60 months at once."
    )
    _isp_min_debt_positive = models.Constraint(
        "CHECK(isp_min_debt > 0)", "A customer who owes nothing can never be suspended."
    )

    # === COMPUTE METHODS === #

    def _compute_isp_contract_prefix(self):
        for company in self:
            company.isp_contract_prefix = company._isp_sequence("isp.subscription").prefix

    def _inverse_isp_contract_prefix(self):
        for company in self:
            company._isp_sequence("isp.subscription").prefix = company.isp_contract_prefix

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_suspend_weekdays")
    def _check_isp_suspend_weekdays(self):
        for company in self:
            try:
                days = company._isp_weekdays()
            except ValueError:
                days = {0}
            if not days <= set(range(1, 8)):
                raise ValidationError(
                    self.env._("Write the weekdays with cuts as numbers from 1 to 7: 1,2,3,4")
                )

    # === BUSINESS METHODS === #

    def _isp_today(self):
        """Return today's date where the company is."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self._isp_zone_name()))

    def _isp_zone_name(self):
        """Return the name of the time zone of the company's calendar."""
        self.ensure_one()
        return self.partner_id.tz or self.env.user.tz or DEFAULT_ZONE

    def _isp_lang(self):
        """Return the language of the texts written now: the reader's, else the company's.

        Workers have no reader: what they note is read by the company's staff afterwards.
        """
        self.ensure_one()
        return self.env.lang or self.sudo().partner_id.lang or DEFAULT_LANG

    def _isp_has_postpaid(self):
        """Return whether any plan that the company may sell is postpaid."""
        self.ensure_one()
        plans = self.env["product.template"].sudo()
        domain = [
            ("isp_is_plan", "=", True),
            ("isp_billing_mode", "=", "postpaid"),
            ("company_id", "in", [False, self.id]),
        ]
        return bool(plans.search_count(domain, limit=1))

    def _isp_weekdays(self):
        """Return the ISO weekdays (1 Monday to 7 Sunday) on which services may be cut."""
        self.ensure_one()
        parts = (self.isp_suspend_weekdays or "").split(",")
        return {int(part) for part in parts if part.strip()}

    def _isp_is_cut_day(self, date):
        """Return whether services may be cut on ``date``."""
        self.ensure_one()
        return date.isoweekday() in self._isp_weekdays()

    def _isp_billable_states(self, states):
        """Return ``states`` plus "suspended" when the company goes on billing then."""
        self.ensure_one()
        return [*states, *(["suspended"] if self.isp_suspended_billing == "bill" else [])]

    @api.model
    def _isp_sequence_specs(self):
        """Hook: return ``{code: (name, prefix, padding)}`` of the numbers a company counts."""
        return SEQUENCES

    def _isp_sequence(self, code):
        """Return the sequence of the company for ``code``, created on first use."""
        self.ensure_one()
        sequences = self.env["ir.sequence"].sudo()
        sequence = sequences.search([("code", "=", code), ("company_id", "=", self.id)], limit=1)
        if not sequence:
            name, prefix, padding = self._isp_sequence_specs()[code]
            sequence = sequences.create(
                {
                    "name": f"{name} ({self.name})",
                    "code": code,
                    "prefix": prefix,
                    "padding": padding,
                    "company_id": self.id,
                }
            )
        return sequence

    def _isp_next_number(self, code):
        """Return the next number of the company for ``code`` ("isp.subscription", …)."""
        self.ensure_one()
        return self._isp_sequence(code).next_by_id()

    def _isp_typst_company(self, files):
        """Return the data of the company for the common look of Typst documents.

        :param dict files: receives the logo as a virtual file
        """
        self.ensure_one()
        company_sudo = self.sudo()
        logo = None
        if company_sudo.logo_web and not company_sudo.uses_default_logo:
            raw = base64.b64decode(company_sudo.logo_web)
            extension = {b"\x89PN": "png", b"\xff\xd8\xff": "jpg", b"GIF": "gif"}.get(raw[:3])
            if extension:
                logo = f"company_logo.{extension}"
                files[logo] = raw
        details = [company_sudo.vat, company_sudo.street, company_sudo.city, company_sudo.website]
        phones = [company_sudo.isp_support_phone_1, company_sudo.isp_support_phone_2]
        return {
            "name": company_sudo.name,
            "details": [detail for detail in details if detail],
            "portal_title": company_sudo.isp_portal_title or "",
            "logo": logo,
            "color": company_sudo.primary_color or DEFAULT_COLOR,
            "phones": [phone for phone in phones if phone],
            "support_label": self.env._("Questions? Call us:"),
            "lang": (self.env.lang or DEFAULT_LANG)[:2],
        }
