import threading

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import PAC_URLS, PROVIDERS, SAT_URLS
from ..services.pac.base import Credentials
from ..services.pac.errors import PacError, PacTransient
from ..services.pac.registry import ADAPTERS
from ..services.transport import host_of

# Adapters keep the token of their login, so one per account and process is enough.
_adapters = {}
_adapters_lock = threading.Lock()
ADAPTERS_KEPT = 16
#: Who writes one of these has decided that this database may use the account.
BINDING_FIELDS = {"provider", "environment", "base_url", "login", "password", "token"}
#: What a machine calls itself: nothing real listens there.
LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")


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

    timeout = fields.Integer(
        default=60, required=True, help="Seconds to wait for an answer of the PAC."
    )
    problem = fields.Char(
        readonly=True, copy=False, help="Why the PAC refused the account the last time."
    )
    database_uuid = fields.Char(
        groups="base.group_system",
        readonly=True,
        copy=False,
        help="The database that the account was set up in: a copy of it does not stamp.",
    )

    _timeout_positive = models.Constraint("CHECK(timeout > 0)", "The waiting time is positive.")

    # === CONSTRAINT METHODS === #

    @api.constrains("environment", "base_url")
    def _check_environment(self):
        """An account for tests never has the address of a real PAC."""
        real = {host_of(url) for (_who, kind), url in PAC_URLS.items() if kind != "test"}
        for account in self.filtered(lambda account: account.environment == "test"):
            if host_of(account.base_url or "") in real:
                raise ValidationError(
                    self.env._("This is the address of the real PAC, the account is for tests.")
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Bind the account to the database it is set up in."""
        uuid = self._isp_database_uuid()
        return super().create([{**vals, "database_uuid": uuid} for vals in vals_list])

    def write(self, vals):
        """Bind the account anew to the database that its access is written in."""
        if BINDING_FIELDS & set(vals):
            vals = {**vals, "database_uuid": self._isp_database_uuid(), "problem": False}
        return super().write(vals)

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
        """Return the adapter of the account, with its credentials inside.

        :raise PacTransient: when this database must not use the account
        """
        self.ensure_one()
        account = self.sudo()
        if reason := account._isp_why_not_here():
            raise PacTransient("place", reason)
        url = account._isp_base_url()
        credentials = Credentials(account.login or "", account.password or "", account.token or "")
        key = (account.provider, url, credentials, account.timeout)
        with _adapters_lock:
            if key not in _adapters:
                if len(_adapters) >= ADAPTERS_KEPT:
                    _adapters.clear()
                _adapters[key] = ADAPTERS[account.provider](url, credentials, account.timeout)
            return _adapters[key]

    def _isp_why_not_here(self):
        """Return why this database must not use the account, empty when it may.

        A copy for tests (neutralised, or with another database id) reaches no real PAC, whoever
        filled in an address or switched the jobs on again.
        """
        host = host_of(self._isp_base_url())
        if host in LOCAL_HOSTS or host.endswith(".invalid"):
            return ""
        parameters = self.env["ir.config_parameter"].sudo()
        sandbox = host_of(PAC_URLS[(self.provider, "test")])
        if parameters.get_param("database.is_neutralized"):
            if host == sandbox:
                return ""
            return self.env._("This database is a copy for tests: it does not use a real PAC.")
        if self.database_uuid != self._isp_database_uuid():
            return self.env._(
                "The PAC account was set up in another database. If this is the real one, enter "
                "its access again."
            )
        return ""

    def _isp_database_uuid(self):
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    def _isp_note_problem(self, text):
        """Keep why the PAC refuses the account; return whether that is new."""
        account = self.sudo()
        if not account or (account.problem or False) == text:
            return False
        account.problem = text
        return bool(text)

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
