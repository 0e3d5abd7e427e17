from odoo import api, models
from odoo.exceptions import UserError

from ..services.catalogs import label
from ..services.fiscal_data import FiscalData, fiscal_problems
from ..services.text import clean, fiscal_name, normalise_rfc

# Code of a problem -> field of the form that it belongs to.
FIELD_OF = {"rfc": "rfc", "name": "name", "regime": "regime", "use": "use", "zip": "zip"}
PATH = "/my/isp/fiscal"
#: Uses that people who hire internet have.
USUAL = ("G03", "S01")


class IspPortalPage(models.AbstractModel):
    """Fiscal data page: what SAT has of the customer, written by himself."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_fiscal_partner_sudo(self):
        """Return the buyer whose data the user may edit: his own; empty for the company itself."""
        partner_sudo = self.env.user.sudo().partner_id.commercial_partner_id
        companies_sudo = self.env["res.company"].sudo()
        is_company = companies_sudo.search_count([("partner_id", "=", partner_sudo.id)], limit=1)
        return partner_sudo.browse() if is_company else partner_sudo

    @api.model
    def _get_fiscal_values(self, data=None, errors=None):
        """Return what the page shows.

        :param data: ``FiscalData`` of a refused form, else the stored ones
        :param errors: dict field -> text of a refused form
        """
        partner_sudo = self._get_fiscal_partner_sudo()
        shown = data or self._get_fiscal_stored(partner_sudo)
        regimes = [
            (code, text)
            for code, text in partner_sudo._isp_cfdi_regime_selection()
            if code not in ("609", "628", "629", "630")
        ]
        # Every use, the usual ones first: the regime may be changed on this very form.
        uses = sorted(
            partner_sudo._isp_cfdi_use_selection(), key=lambda use: (use[0] not in USUAL, use[0])
        )
        waiting = self._get_fiscal_waiting(partner_sudo)
        return {
            "data": shown,
            "errors": errors or {},
            "regimes": regimes,
            "uses": uses,
            "preview": fiscal_name(shown.name, shown.rfc),
            "csf": partner_sudo.isp_cfdi_csf_id,
            "waiting": len(waiting),
            "refusal": self._get_fiscal_refusal(waiting),
            "complete": not data and not fiscal_problems(shown),
        }

    @api.model
    def _get_fiscal_stored(self, partner_sudo):
        """Return the stored data; a generic RFC counts as none."""
        facts = partner_sudo._isp_cfdi_facts()
        named = partner_sudo._isp_cfdi_is_named()
        name = partner_sudo.isp_cfdi_name or partner_sudo.name or ""
        return FiscalData(facts.rfc if named else "", name, facts.regime, facts.use, facts.zip)

    @api.model
    def _get_fiscal_waiting(self, partner_sudo):
        """Return the customer's documents that could not be issued with the present data."""
        return (
            self.env["isp.cfdi.document"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", partner_sudo.id),
                    ("state", "in", ("draft", "error")),
                    ("is_global", "=", False),
                ]
            )
        )

    @api.model
    def _get_fiscal_refusal(self, waiting_sudo):
        """Return what the PAC said of the newest refused document, "" when there is none."""
        refused = waiting_sudo.filtered(lambda doc: doc.state == "error" and doc.attempts)[:1]
        if not refused:
            return ""
        problem = f"{refused.last_error_code or ''}: {refused.last_error or ''}"
        return refused._isp_problem_text(problem)

    @api.model
    def _save_fiscal(self, form, csf=b""):
        """Check and store what the customer wrote; nothing is stored when anything is wrong.

        :param dict form: texts of the form (rfc, name, regime, use, zip)
        :param bytes csf: the file of the tax certificate, empty to keep the present one
        :return: (``FiscalData`` written, dict field -> text, documents built again)
        """
        partner_sudo = self._get_fiscal_partner_sudo()
        rfc = normalise_rfc(form.get("rfc"))[:13]
        data = FiscalData(
            rfc,
            fiscal_name(clean(form.get("name"), 300), rfc),
            (form.get("regime") or "")[:3],
            (form.get("use") or "")[:4],
            clean(form.get("zip"), 5),
        )
        errors = {
            FIELD_OF[code.partition("_")[0]]: self._get_fiscal_error(code, data)
            for code in fiscal_problems(data)
        }
        if errors:
            return data, errors, None
        try:
            with self.env.cr.savepoint():
                if csf:
                    partner_sudo._isp_cfdi_keep_csf(csf)
                documents = partner_sudo._isp_cfdi_store(self._get_fiscal_vals(data))
        except UserError as error:
            # The tax id is also checked by Odoo's own addons.
            return data, {"csf" if csf else "rfc": str(error)}, None
        return data, {}, documents

    @api.model
    def _get_fiscal_vals(self, data):
        return {
            "vat": data.rfc,
            "isp_cfdi_name": data.name,
            "isp_cfdi_regime": data.regime,
            "isp_cfdi_use": data.use,
            "isp_cfdi_zip": data.zip,
        }

    @api.model
    def _get_fiscal_error(self, code, data):
        """Return what the customer has to mend, for a code of ``services.fiscal_data``."""
        _ = self.env._
        texts = {
            "rfc_generic": _("Write your own RFC: this one stands for anybody."),
            "rfc_missing": _("Write your RFC."),
            "rfc_length": _("Your RFC has 13 characters, or 12 if you are a company."),
            "rfc_date": _("The six digits of your RFC must be a date: year, month and day."),
            "rfc_form": _("Check your RFC: letters, six digits and three characters at the end."),
            "name_missing": _("Write your name as on your tax certificate."),
            "regime_missing": _("Choose your tax regime."),
            "regime_unknown": _("Choose your tax regime from the list."),
            "regime_person": _("This regime does not go with your RFC. Look at your certificate."),
            "use_missing": _("Choose what you use your invoices for."),
            "use_unfit": _(
                "This use does not go with the regime %s. Choose another one.",
                label("regimen", data.regime),
            ),
            "zip_missing": _("Write the postal code of your tax address."),
            "zip_unknown": _("SAT does not know this postal code. Look at your certificate."),
        }
        return texts[code]
