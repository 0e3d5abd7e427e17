import threading

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import PAC_URLS, PROVIDERS, SAT_URLS
from ..services.pac.base import Credentials, PacError
from ..services.pac.registry import ADAPTERS

# Adapters keep the token of their login, so one per account and process is enough.
_adapters = {}
_adapters_lock = threading.Lock()


class IspCfdiPac(models.Model):
    """An account at an authorised certification provider."""

    _name = "isp.cfdi.pac"
    _description = "CFDI: account at a PAC"
    _order = "company_id, name"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    provider = fields.Selection(PROVIDERS, required=True, default="sw")
    environment = fields.Selection(
        [("test", "Test"), ("production", "Production")], required=True, default="test"
    )
    base_url = fields.Char(
        string="Address of the PAC", help="Empty: the provider's own for the environment."
    )
    sat_url = fields.Char(
        string="Address of SAT's status service", help="Empty: SAT's own for the environment."
    )
    login = fields.Char(groups="base.group_system", copy=False)
    password = fields.Char(groups="base.group_system", copy=False)
    token = fields.Char(
        groups="base.group_system", copy=False, help="Instead of login and password."
    )

    # === ACTION METHODS === #

    def action_test(self):
        """Log in and tell whether it worked; nothing is stamped."""
        self.ensure_one()
        try:
            self._isp_adapter().ping()
        except PacError as error:
            raise UserError(self.env._("The PAC refused the login: %s", error)) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": self.env._("The PAC accepts the account.")},
        }

    # === BUSINESS METHODS === #

    def _isp_adapter(self):
        """Return the adapter of the account, with its credentials inside."""
        self.ensure_one()
        account = self.sudo()
        url = account._isp_base_url()
        credentials = Credentials(account.login or "", account.password or "", account.token or "")
        key = (account.provider, url, credentials)
        with _adapters_lock:
            if key not in _adapters:
                _adapters.clear()
                _adapters[key] = ADAPTERS[account.provider](url, credentials)
            return _adapters[key]

    def _isp_base_url(self):
        """Return the address of the PAC's services."""
        self.ensure_one()
        return self.base_url or PAC_URLS[(self.provider, self.environment)]

    def _isp_sat_url(self):
        """Return the address of SAT's status service."""
        self.ensure_one()
        return self.sat_url or SAT_URLS[self.environment]

    @api.model
    def _isp_for_company(self, company):
        """Return the account that stamps for ``company``, empty when none is set."""
        chosen = company.sudo().isp_cfdi_pac_id
        return chosen or self.sudo().search([("company_id", "=", company.id)], limit=1)
