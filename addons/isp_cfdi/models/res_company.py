from zoneinfo import available_timezones

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import DEFAULT_SERIE
from ..services.dto import Issuer
from ..services.postal import postal_code
from ..services.text import fiscal_name, is_rfc, normalise_rfc


class ResCompany(models.Model):
    _inherit = "res.company"

    isp_cfdi_auto = fields.Boolean(
        string="Issue CFDI on payment",
        default=True,
        help="An invoice that becomes paid gets its fiscal document at once.",
    )
    isp_cfdi_name = fields.Char(related="partner_id.isp_cfdi_name", readonly=False)
    isp_cfdi_regime = fields.Selection(related="partner_id.isp_cfdi_regime", readonly=False)
    isp_cfdi_zip = fields.Char(
        string="Place of issue",
        help="Postal code (LugarExpedicion); empty: that of the company's address. "
        "Its time zone is that of the documents.",
    )
    isp_cfdi_serie = fields.Char(string="CFDI series", size=25, default=DEFAULT_SERIE)
    isp_cfdi_tz = fields.Char(
        string="CFDI time zone",
        help="Only when the PAC reads the clock of the postal code differently, "
        "e.g. America/Ciudad_Juarez.",
    )
    isp_cfdi_pac_id = fields.Many2one(
        "isp.cfdi.pac", string="PAC", domain="[('company_id', '=', id)]", copy=False
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_cfdi_tz")
    def _check_isp_cfdi_tz(self):
        for company in self:
            if company.isp_cfdi_tz and company.isp_cfdi_tz not in available_timezones():
                raise ValidationError(self.env._("Unknown time zone: %s", company.isp_cfdi_tz))

    @api.constrains("isp_cfdi_zip")
    def _check_isp_cfdi_zip(self):
        for company in self:
            if company.isp_cfdi_zip and not postal_code(company.isp_cfdi_zip):
                raise ValidationError(
                    self.env._("SAT does not know the postal code %s.", company.isp_cfdi_zip)
                )

    # === BUSINESS METHODS === #

    def _isp_cfdi_rfc(self):
        """Return the RFC of the company, normalised."""
        self.ensure_one()
        return normalise_rfc(self.sudo().vat)

    def _isp_cfdi_issuer(self):
        """Return (``Issuer``, list of what is missing)."""
        self.ensure_one()
        company = self.sudo()
        rfc, place = company._isp_cfdi_rfc(), company.isp_cfdi_zip or company.zip or ""
        name = fiscal_name(company.isp_cfdi_name or company.name, rfc)
        problems = []
        if not is_rfc(rfc):
            problems.append(self.env._("The RFC of the company is missing or not valid."))
        if not company.isp_cfdi_regime:
            problems.append(self.env._("The tax regime of the company is missing."))
        if not postal_code(place):
            problems.append(
                self.env._("The place of issue (postal code) of the company is missing.")
            )
        return Issuer(rfc, name, company.isp_cfdi_regime or "", place), problems

    def _isp_cfdi_next_folio(self, kind="I"):
        """Return the next folio of the company's series; gaps are allowed by law.

        :param str kind: "I", "E", "P", or "G" for a global invoice: each counts for itself
        """
        self.ensure_one()
        sequences = self.env["ir.sequence"].sudo()
        code = "isp.cfdi.folio" if kind == "I" else f"isp.cfdi.folio.{kind}"
        domain = [("code", "=", code), ("company_id", "=", self.id)]
        sequence = sequences.search(domain, limit=1) or sequences.create(
            {
                "name": f"CFDI {kind} ({self.name})",
                "code": code,
                "padding": 1,
                "company_id": self.id,
            }
        )
        return sequence.next_by_id()

    def _isp_cfdi_is_configured(self):
        """Return whether the company issues fiscal documents: it once uploaded a CSD."""
        self.ensure_one()
        certificates = self.env["isp.cfdi.certificate"].sudo().with_context(active_test=False)
        return bool(certificates.search_count([("company_id", "=", self.id)], limit=1))

    def _isp_cfdi_is_automatic(self):
        """Return whether the company issues fiscal documents by itself."""
        self.ensure_one()
        company = self.sudo()
        return (
            company.account_fiscal_country_id.code == "MX"
            and company.isp_cfdi_auto
            and company._isp_cfdi_is_configured()
        )

    @api.model
    def _isp_cfdi_automatic(self):
        """Return the companies that issue fiscal documents by themselves."""
        companies = self.search([("isp_cfdi_auto", "=", True)])
        return companies.filtered(lambda company: company._isp_cfdi_is_automatic())
