from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services import consent
from ..services.dunning import Window, parse_schedule

# What our own text of the consent is called in the evidence; a company's texts are c1, c2, …
OWN_CONSENT_VERSION = "base-1"
SEQUENCES = {
    "isp.card.mandate": ("Direct debit folio", "DOM-", 6),
    "isp.card.mandate.end": ("End of direct debit folio", "BAJ-", 6),
}
# Notices about direct debit are owed by law: no switch of the company holds them back.
DEBIT_NOTICES = ("debit", "debit_failed", "debit_card", "debit_mandate")


class ResCompany(models.Model):
    """Direct debit: what the customer agrees to, when his card is charged, and how often."""

    _inherit = "res.company"

    isp_debit_offered = fields.Boolean(
        string="Offer direct debit",
        default=True,
        help="Customers can have their card charged every month. Those who agreed stay so.",
    )
    isp_debit_schedule = fields.Char(
        string="Days of the attempts",
        default="0,1,3,5,7",
        help="Counted from the first attempt: 0,1,3 is the day itself, the next one and three"
        " days after it. A refusal for good ends them.",
    )
    isp_debit_hour_from = fields.Integer(string="Charges from (hour)", default=8)
    isp_debit_hour_to = fields.Integer(string="Charges until (hour)", default=20)
    isp_debit_notice_days = fields.Integer(
        string="Notice before each charge (days)",
        default=5,
        help="No card is charged without a notice that is at least so many days old.",
    )
    isp_legal_debit_notice_days = fields.Integer(
        string="Notice of a charge by law (days)",
        default=5,
        help="LFPC, article 76 Bis: calendar days before each recurring charge.",
    )
    isp_debit_early_days = fields.Integer(
        string="Charge before the due date (days)",
        default=2,
        help="Most days before the due date that a customer may choose.",
    )
    isp_debit_late_days = fields.Integer(
        string="Charge after the due date (days)",
        default=3,
        help="Most days after the due date that a customer may choose; the grace days go on.",
    )
    isp_debit_cap_percent = fields.Integer(
        string="Most per charge (% of a month)",
        default=200,
        help="The customer agrees to charges up to this part of his monthly price.",
    )
    isp_debit_consent = fields.Text(
        string="Text of the consent",
        help="What the customer agrees to. Empty: our own text. Places: {company} {customer}"
        " {contract} {plan} {amount} {cap} {period} {day} {first_date} {notice_days}",
    )
    isp_debit_consent_number = fields.Integer(
        string="Version of the consent", readonly=True, copy=False
    )

    _isp_debit_range = models.Constraint(
        "CHECK(isp_debit_hour_from >= 0 AND isp_debit_hour_to <= 24"
        " AND isp_debit_hour_from < isp_debit_hour_to AND isp_debit_notice_days >= 0"
        " AND isp_legal_debit_notice_days >= 0 AND isp_debit_early_days BETWEEN 0 AND 10"
        " AND isp_debit_late_days BETWEEN 0 AND 10"
        " AND isp_debit_cap_percent BETWEEN 100 AND 1000)",
        "Direct debit: hours of one day, 0 to 10 days around the due date, a limit of 100 to 1000"
        " percent of a month.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_debit_schedule")
    def _check_isp_debit_schedule(self):
        for company in self:
            try:
                company._isp_debit_days()
            except ValueError:
                raise ValidationError(
                    self.env._("Write the days of the attempts, beginning with 0: 0,1,3,5,7")
                ) from None

    @api.constrains("isp_debit_notice_days", "isp_legal_debit_notice_days")
    def _check_isp_debit_notice_days(self):
        for company in self:
            if company.isp_debit_notice_days < company.isp_legal_debit_notice_days:
                raise ValidationError(
                    self.env._(
                        "The law asks for a notice at least %s days before each charge.",
                        company.isp_legal_debit_notice_days,
                    )
                )

    @api.constrains("isp_debit_consent")
    def _check_isp_debit_consent(self):
        for company in self.filtered("isp_debit_consent"):
            unknown = consent.unknown_places(company.isp_debit_consent)
            missing = consent.missing_places(company.isp_debit_consent)
            if unknown or missing:
                names = ", ".join(f"{{{name}}}" for name in sorted(unknown or missing))
                text = (
                    self.env._("The text of the consent has places nobody fills: %s", names)
                    if unknown
                    else self.env._("The law wants the consent to show: %s", names)
                )
                raise ValidationError(text)

    # === CRUD METHODS === #

    def write(self, vals):
        """Extend: another text is another version."""
        if "isp_debit_consent" in vals:
            changed = self.filtered(
                lambda company: (
                    (company.isp_debit_consent or "") != (vals["isp_debit_consent"] or "")
                )
            )
            for company in changed:
                super(ResCompany, company).write(
                    {"isp_debit_consent_number": company.isp_debit_consent_number + 1}
                )
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _isp_sequence_specs(self):
        """Extend: folios of direct debits."""
        return {**super()._isp_sequence_specs(), **SEQUENCES}

    def _isp_sends(self, kind):
        """Extend: notices about direct debit always go out."""
        if kind in DEBIT_NOTICES:
            return True
        return super()._isp_sends(kind)

    def _isp_debit_days(self):
        """Return the days of the attempts, counted from the first."""
        self.ensure_one()
        return parse_schedule(self.isp_debit_schedule or "")

    def _isp_debit_window(self):
        """Return the hours of the day in which cards are charged, where the company is."""
        self.ensure_one()
        return Window(self.isp_debit_hour_from, self.isp_debit_hour_to, self._isp_zone_name())

    def _isp_debit_reach(self, billing_mode="prepaid"):
        """Return ``(early, late)``: how far from the due date a customer may be charged.

        A prepaid service is billed some days before it is due: the notice must fit in between.
        """
        self.ensure_one()
        lead = self.isp_lead_days if billing_mode == "prepaid" else self.isp_statement_days
        return max(min(self.isp_debit_early_days, lead - self.isp_debit_notice_days), 0), (
            self.isp_debit_late_days
        )

    def _isp_debit_consent_text(self):
        """Return ``(text with places, version)`` of the consent, in the reader's language."""
        self.ensure_one()
        if self.isp_debit_consent:
            return self.isp_debit_consent, f"c{self.isp_debit_consent_number}"
        text = self.env._(
            "I authorise {company} to charge my card every month for my internet service {plan},"
            " contract {contract}.\n"
            "Each charge is what I owe for the month, today {amount} for {period}, and never more"
            " than {cap}.\n"
            "It is made on day {day} of each month or the nearest day to my due date, for the"
            " first time on {first_date}.\n"
            "{company} tells me the amount and the date at least {notice_days} days before each"
            " charge. If my bank refuses it, it may be tried again on the following days, once a"
            " day at most.\n"
            "I can switch this off in my customer area whenever I want, at once and at no cost."
        )
        return text, OWN_CONSENT_VERSION
