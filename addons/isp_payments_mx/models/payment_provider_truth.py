from datetime import timedelta
from urllib.parse import quote

from odoo import api, fields, models

from odoo.addons.isp_subscription.exceptions import OutboxReject

from .. import const


class PaymentProvider(models.Model):
    """Asking Openpay what became of charges: one by one, and by the list of the last days."""

    _inherit = "payment.provider"
    _openpay_page_size = const.PAGE_SIZE

    openpay_mode = fields.Selection(
        [("test", "Sandbox"), ("enabled", "Production")],
        string="Openpay server",
        readonly=True,
        copy=False,
        help="An account that is disabled is still asked about the references that are out.",
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Extend: remember the server of the account."""
        providers = super().create(vals_list)
        for provider in providers.filtered(lambda row: row.code == const.PROVIDER):
            provider._openpay_remember(provider.state)
        return providers

    def write(self, vals):
        """Extend: remember the server of the account, and have its journal before money comes."""
        res = super().write(vals)
        if "state" in vals:
            self.filtered(lambda row: row.code == const.PROVIDER)._openpay_remember(vals["state"])
        return res

    def _openpay_remember(self, state):
        if state in const.BASE_URLS:
            self.openpay_mode = state
            # Odoo sets a journal when it is first read: a disabled account gets none any more
            self.mapped("journal_id")

    # === BUSINESS METHODS === #

    def _openpay_get_charge(self, charge_id, customer_id=""):
        """Return the charge as Openpay knows it now, by its own path when it has a customer.

        It is not documented whether the path of the merchant finds the charges of customers, so
        the other path is asked when one does not know it.

        :raise OutboxReject: Openpay does not know the charge
        """
        path = f"charges/{quote(charge_id, safe='')}"
        if not customer_id:
            return self._openpay_request("GET", path)
        try:
            return self._openpay_request("GET", f"customers/{quote(customer_id, safe='')}/{path}")
        except OutboxReject as error:
            if error.code != const.NOT_FOUND:
                raise
            return self._openpay_request("GET", path)

    def _openpay_completed(self, days=const.RECONCILE_DAYS):
        """Return the completed charges of the last days, as Openpay lists them."""
        return self._openpay_list("COMPLETED", days)

    def _openpay_aftermath(self):
        """Return the charges that were disputed or given back, as Openpay lists them."""
        days = self.company_id.isp_dispute_days
        lists = [self._openpay_list(status, days) for status in const.AFTERMATH_STATUSES]
        return [row for rows in lists for row in rows]

    def _openpay_list(self, status, days):
        """Return the charges of the last days at merchant level that have a status.

        :param str status: as Openpay's lists name it, upper case
        :param int days: whole days back, from the day of Openpay's clock (central Mexico)
        :raise OutboxRetry, OutboxUnknown, OutboxReject: the list could not be read to its end
        """
        since = self.company_id._isp_today() - timedelta(days=days)
        found, size = [], self._openpay_page_size
        for page in range(const.MOST_PAGES):
            params = {
                "creation[gte]": since.isoformat(),
                "status": status,
                "limit": size,
                "offset": page * size,
            }
            rows = self._openpay_request("GET", "charges", params=params)
            rows = rows if isinstance(rows, list) else []
            found += [row for row in rows if isinstance(row, dict)]
            if len(rows) < size:
                break
        return found
