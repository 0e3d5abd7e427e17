from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services import const as sat
from ..services.catalogs import catalog
from ..services.dto import Receiver
from ..services.fiscal_data import FiscalData, fiscal_problems
from ..services.text import fiscal_name, is_generic_rfc, is_rfc, normalise_rfc


class ResPartner(models.Model):
    _inherit = "res.partner"

    isp_cfdi_name = fields.Char(
        string="Name at SAT",
        help="Exactly as on the tax certificate (CSF), without the company type. "
        "Empty: the contact's name in capitals.",
    )
    isp_cfdi_regime = fields.Selection(
        selection="_isp_cfdi_regime_selection", string="Tax regime", help="RegimenFiscalReceptor"
    )
    isp_cfdi_use = fields.Selection(
        selection="_isp_cfdi_use_selection", string="Use of the CFDI", help="UsoCFDI"
    )
    isp_cfdi_zip = fields.Char(
        string="Fiscal postal code",
        size=5,
        help="DomicilioFiscalReceptor, as on the tax certificate (CSF). "
        "Empty: the postal code of the address.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_cfdi_regime", "isp_cfdi_use")
    def _check_isp_cfdi_use(self):
        for partner in self:
            use, regime = partner.isp_cfdi_use, partner.isp_cfdi_regime
            if use and regime and regime not in sat.USE_REGIMES.get(use, ()):
                raise ValidationError(
                    self.env._(
                        "The use %(use)s does not fit the tax regime %(regime)s.",
                        use=use,
                        regime=regime,
                    )
                )

    # === BUSINESS METHODS === #

    def _isp_cfdi_rfc(self):
        """Return the RFC of a document for this buyer, "" when he said none.

        A foreigner, whose tax id is no RFC, has the generic one of foreigners.
        """
        self.ensure_one()
        rfc = normalise_rfc(self.vat)
        foreign = self.country_id and self.country_id.code != "MX"
        if foreign and not is_rfc(rfc):
            return sat.RFC_FOREIGN
        # Odoo writes a slash for "no tax id".
        return "" if rfc == "/" else rfc

    def _isp_cfdi_is_named(self):
        """Return whether the buyer said who he is for SAT, or lives abroad."""
        rfc = self._isp_cfdi_rfc()
        return bool(rfc) and rfc != sat.RFC_GENERIC

    def _isp_cfdi_receiver(self, issuer_zip):
        """Return the Receptor of a document for this buyer.

        A buyer without RFC gets the generic one with his own name: such a document needs no
        InformacionGlobal. With an RFC the rest must be complete.

        :param str issuer_zip: LugarExpedicion, the address of the generic RFC
        :return: (``Receiver``, list of what is missing)
        """
        self.ensure_one()
        rfc = self._isp_cfdi_rfc()
        if not rfc or is_generic_rfc(rfc):
            return self._isp_cfdi_generic_receiver(issuer_zip, rfc or sat.RFC_GENERIC), []
        data = self._isp_cfdi_facts()
        receiver = Receiver(data.rfc, data.name, data.regime, data.use, data.zip)
        return receiver, self._isp_cfdi_problems()

    def _isp_cfdi_generic_receiver(self, issuer_zip, rfc=sat.RFC_GENERIC):
        name = fiscal_name(self.isp_cfdi_name or self.name)
        return Receiver(rfc, name, sat.REGIME_NONE, sat.USE_NONE, issuer_zip)

    def _isp_cfdi_facts(self):
        """Return the ``FiscalData`` of the buyer, as they would be written on a document."""
        self.ensure_one()
        rfc = self._isp_cfdi_rfc()
        return FiscalData(
            rfc,
            fiscal_name(self.isp_cfdi_name or self.name, rfc),
            self.isp_cfdi_regime or "",
            self.isp_cfdi_use or "",
            (self.isp_cfdi_zip or self.zip or "").strip(),
        )

    def _isp_cfdi_problems(self):
        """Return a text for each fiscal datum that is missing or wrong."""
        self.ensure_one()
        facts = self._isp_cfdi_facts()
        if facts.rfc == sat.RFC_FOREIGN:
            return []
        return [self._isp_cfdi_problem_text(code, facts) for code in fiscal_problems(facts)]

    @api.model
    def _isp_cfdi_problem_text(self, code, facts):
        """Return what the reader has to mend, for a code of ``services.fiscal_data``."""
        _ = self.env._
        rfc, regime = facts.rfc, facts.regime
        texts = {
            "rfc_generic": _("Write the customer's own RFC: %s stands for anybody.", rfc),
            "rfc_missing": _("The RFC of the customer is missing."),
            "rfc_length": _("The RFC %s must have 12 (company) or 13 (person) characters.", rfc),
            "rfc_date": _("The six digits of the RFC %s are not a date (year, month, day).", rfc),
            "rfc_form": _("The RFC %s of the customer is not valid.", rfc),
            "name_missing": _("The name of the customer is missing."),
            "regime_missing": _("The tax regime of the customer is missing."),
            "regime_unknown": _("SAT does not know the tax regime %s of the customer.", regime),
            "regime_person": _(
                "The tax regime %(regime)s does not go with the RFC %(rfc)s: 12 characters are a "
                "company, 13 a person.",
                regime=regime,
                rfc=rfc,
            ),
            "use_missing": _("The use of the CFDI of the customer is missing."),
            "use_unfit": _(
                "The use %(use)s does not fit the tax regime %(regime)s.",
                use=facts.use,
                regime=regime,
            ),
            "zip_missing": _("The fiscal postal code of the customer is missing."),
            "zip_unknown": _("SAT does not know the fiscal postal code %s.", facts.zip),
        }
        return texts[code]

    @api.model
    def _isp_cfdi_regime_selection(self):
        return [(code, f"{code} {text}") for code, text in catalog("regimen").items()]

    @api.model
    def _isp_cfdi_use_selection(self):
        uses = catalog("uso").items()
        return [(code, f"{code} {text}") for code, text in uses if code not in ("CP01", "CN01")]

    @api.model
    def _commercial_fields(self):
        """Extend `base`: fiscal data belong to the commercial entity."""
        names = ("isp_cfdi_name", "isp_cfdi_regime", "isp_cfdi_use", "isp_cfdi_zip")
        return [*super()._commercial_fields(), *names]
