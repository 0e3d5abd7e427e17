from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services.clabe import is_valid
from ..services.references import Account, is_agreement


class ResCompany(models.Model):
    """Settings of the references to pay with: nothing a bank may change is in the code (R76)."""

    _inherit = "res.company"

    isp_spei_agreement = fields.Char(
        string="Agreement (convenio CIE)",
        help="Number of the agreement at the receiving bank. Openpay's own when empty; when it is "
        "filled, a reference with another one is refused and never shown.",
    )
    isp_spei_clabe = fields.Char(
        string="CLABE",
        help="18 digits. Openpay's own when empty; when it is filled, a reference with another "
        "one is refused and never shown.",
    )
    isp_store_hours = fields.Integer(
        string="Hours a cash reference is valid",
        default=48,
        help="Counted from the moment the reference is made.",
    )
    isp_store_limit = fields.Float(
        string="Most in one cash payment (MXN)",
        default=29999.0,
        digits=(16, 2),
        help="Openpay refuses cash references above its own limit (error 1012).",
    )
    isp_store_network = fields.Char(
        string="Network of stores", default="Paynet", required=True, help="What the cashier knows."
    )
    isp_store_network_url = fields.Char(
        string="Page of the network",
        default="https://www.paynet.com.mx",
        help="Where customers find the nearest store.",
    )
    isp_voucher_currency_code = fields.Boolean(
        string="Currency code on references",
        default=True,
        help="Write $349.00 MXN instead of $349.00 on references to pay with.",
    )

    _isp_store_hours_range = models.Constraint(
        "CHECK(isp_store_hours BETWEEN 1 AND 720)",
        "A cash reference is valid between 1 and 720 hours.",
    )
    _isp_store_limit_positive = models.Constraint(
        "CHECK(isp_store_limit > 0)", "The most in one cash payment must be above zero."
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_spei_clabe")
    def _check_isp_spei_clabe(self):
        for company in self:
            if company.isp_spei_clabe and not is_valid(company.isp_spei_clabe):
                raise ValidationError(
                    self.env._(
                        "%s is not a CLABE: it has 18 digits and the last one checks the others.",
                        company.isp_spei_clabe,
                    )
                )

    @api.constrains("isp_spei_agreement")
    def _check_isp_spei_agreement(self):
        for company in self:
            if company.isp_spei_agreement and not is_agreement(company.isp_spei_agreement):
                raise ValidationError(
                    self.env._("The agreement is a number of 4 to 12 digits, for instance 1411217.")
                )

    @api.constrains("isp_store_network_url")
    def _check_isp_store_network_url(self):
        for company in self:
            parts = urlsplit(company.isp_store_network_url or "https://-")
            if parts.scheme not in ("http", "https") or not parts.netloc:
                raise ValidationError(
                    self.env._("The page of the network is an address that starts with https://.")
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._isp_plain_numbers(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._isp_plain_numbers(vals))

    # === BUSINESS METHODS === #

    @api.model
    def _isp_plain_numbers(self, vals):
        """Return ``vals`` with the numbers of the account without spaces, as people paste them."""
        names = [name for name in ("isp_spei_clabe", "isp_spei_agreement") if vals.get(name)]
        return {**vals, **{name: "".join(vals[name].split()) for name in names}}

    def _openpay_account(self):
        """Return the account that references must belong to (`services.references.Account`)."""
        company_sudo = self.sudo()
        return Account(
            agreement=company_sudo.isp_spei_agreement or "",
            clabe=company_sudo.isp_spei_clabe or "",
        )
