from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services import const as sat
from ..services.catalogs import catalog
from ..services.dto import Receiver
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

    def _isp_cfdi_receiver(self, issuer_zip):
        """Return the Receptor of a document for this buyer.

        A buyer without RFC gets the generic one with his own name: such a document needs no
        InformacionGlobal. With an RFC the rest must be complete.

        :param str issuer_zip: LugarExpedicion, the address of the generic RFC
        :return: (``Receiver``, list of what is missing)
        """
        self.ensure_one()
        rfc = normalise_rfc(self.vat)
        if not rfc or is_generic_rfc(rfc):
            return self._isp_cfdi_generic_receiver(issuer_zip), []
        name = fiscal_name(self.isp_cfdi_name or self.name, rfc)
        receiver = Receiver(
            rfc, name, self.isp_cfdi_regime or "", self.isp_cfdi_use or "", self.zip or ""
        )
        return receiver, self._isp_cfdi_problems(rfc)

    def _isp_cfdi_generic_receiver(self, issuer_zip):
        name = fiscal_name(self.isp_cfdi_name or self.name)
        return Receiver(sat.RFC_GENERIC, name, sat.REGIME_NONE, sat.USE_NONE, issuer_zip)

    def _isp_cfdi_problems(self, rfc):
        """Return a text for each fiscal datum that is missing or wrong."""
        problems = []
        if not is_rfc(rfc):
            problems.append(self.env._("The RFC %s of the customer is not valid.", rfc))
        if not self.isp_cfdi_regime:
            problems.append(self.env._("The tax regime of the customer is missing."))
        if not self.isp_cfdi_use:
            problems.append(self.env._("The use of the CFDI of the customer is missing."))
        if not self.zip:
            problems.append(self.env._("The fiscal postal code of the customer is missing."))
        return problems

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
        return [*super()._commercial_fields(), "isp_cfdi_name", "isp_cfdi_regime", "isp_cfdi_use"]
