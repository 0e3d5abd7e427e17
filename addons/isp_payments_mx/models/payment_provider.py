import json
import re
import secrets

import requests

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown
from odoo.addons.payment.logging import get_payment_logger

from .. import const
from ..services.answers import read_refusal

_ONE_TIME_KEY = re.compile(r"tokens/\w+")
_logger = get_payment_logger(__name__, sensitive_keys=const.SENSITIVE_KEYS)


class OpenpayDuplicate(OutboxUnknown):
    """The order_id exists at Openpay: an earlier request was carried out."""


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    code = fields.Selection(
        selection_add=[("openpay", "Openpay")], ondelete={"openpay": "set default"}
    )
    openpay_merchant_id = fields.Char(
        string="Merchant ID",
        required_if_provider="openpay",
        copy=False,
        groups="base.group_system",
    )
    openpay_private_key = fields.Char(
        string="Private key",
        required_if_provider="openpay",
        copy=False,
        groups="base.group_system",
    )
    openpay_public_key = fields.Char(string="Public key", copy=False, groups="base.group_system")
    openpay_base_url = fields.Char(
        string="API address",
        copy=False,
        groups="base.group_system",
        help="Leave empty for Openpay's own: the sandbox in test mode, else production.",
    )
    openpay_webhook_user = fields.Char(
        string="Webhook user", copy=False, groups="base.group_system"
    )
    openpay_webhook_password = fields.Char(
        string="Webhook password", copy=False, groups="base.group_system"
    )

    # === COMPUTE METHODS === #

    def _get_supported_currencies(self):
        """Override of `payment`: Openpay takes pesos here."""
        currencies = super()._get_supported_currencies()
        if self.code == const.PROVIDER:
            currencies = currencies.filtered(lambda cur: cur.name in const.SUPPORTED_CURRENCIES)
        return currencies

    def _get_default_payment_method_codes(self):
        """Override of `payment`: the methods that are switched on with the provider."""
        self.ensure_one()
        if self.code != const.PROVIDER:
            return super()._get_default_payment_method_codes()
        return const.DEFAULT_PAYMENT_METHOD_CODES

    def _get_reset_values(self):
        """Override of `payment`: what "Reset credentials" empties."""
        if self.code != const.PROVIDER:
            return super()._get_reset_values()
        return {
            "openpay_merchant_id": None,
            "openpay_private_key": None,
            "openpay_public_key": None,
            "openpay_webhook_user": None,
            "openpay_webhook_password": None,
        }

    # === ACTION METHODS === #

    def action_openpay_create_webhook(self):
        """Tell Openpay where to send its messages, with a fresh user and password.

        Openpay sends its first message before it answers, and this address has to accept it: so
        the password is committed first, and the former one comes back when the request fails.

        :raise UserError: Openpay refused or did not answer
        """
        self.ensure_one()
        former = self.read(["openpay_webhook_user", "openpay_webhook_password"])[0]
        former.pop("id")
        user, password = "odoo", secrets.token_urlsafe(32)
        self.write({"openpay_webhook_user": user, "openpay_webhook_password": password})
        self.env["isp.payment.event"]._outbox_commit()
        body = {
            # within a request Odoo gives the address of the server with a slash behind it
            "url": self.get_base_url().rstrip("/") + const.WEBHOOK_ROUTE,
            "user": user,
            "password": password,
            "event_types": const.EVENT_TYPES,
        }
        try:
            self._openpay_request("POST", "webhooks", body=json.dumps(body))
        except (OutboxRetry, OutboxUnknown, OutboxReject) as error:
            self.write(former)
            self.env["isp.payment.event"]._outbox_commit()
            raise UserError(
                self.env._("The webhook could not be created: %s", str(error) or "?")
            ) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Openpay will send its messages here."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS METHODS: THE ONE WAY TO THE API === #

    def _openpay_request(
        self, method, endpoint, *, params=None, body=None, reference=None, payer_ip=None
    ):
        """Call the API and return the parsed answer.

        :param str endpoint: path below the merchant ("charges", "charges/<id>")
        :param str body: exact JSON text to send
        :param str reference: reference of a transaction, for the log
        :param str payer_ip: address of the payer's browser, for the antifraud
        :raise OutboxRetry: nothing was carried out, try later
        :raise OutboxUnknown: it may have been carried out
        :raise OpenpayDuplicate: the order_id exists already
        :raise OutboxReject: refused for good
        """
        self.ensure_one()
        provider_sudo = self.sudo()
        try:
            return provider_sudo._send_api_request(
                method,
                endpoint,
                params=params,
                data=body.encode() if body is not None else None,
                reference=reference,
                payer_ip=payer_ip,
            )
        except ValidationError as error:
            raise self._openpay_outcome(error.__context__) from error
        except requests.exceptions.RequestException as error:
            # The answer was a success that cannot be read: something was carried out.
            raise OutboxUnknown(type(error).__name__) from error

    def _openpay_outcome(self, cause):
        """Return the exception that says what a failed call means for its request."""
        if isinstance(cause, requests.exceptions.HTTPError):
            try:
                body = cause.response.json()
            except ValueError:
                body = None
            refusal = read_refusal(cause.response.status_code, body)
            if refusal.outcome == "duplicate":
                return OpenpayDuplicate(refusal.text)
            if refusal.outcome == "unknown":
                return OutboxUnknown(f"{refusal.code}: {refusal.text}")
            if refusal.outcome == "retry":
                return OutboxRetry(f"{refusal.code}: {refusal.text}")
            return OutboxReject(refusal.code, refusal.text)
        if self._openpay_never_sent(cause):
            return OutboxRetry("no connection")
        return OutboxUnknown(type(cause).__name__)

    @staticmethod
    def _openpay_never_sent(cause):
        """Return whether a connection error happened before anything was sent."""
        if isinstance(cause, requests.exceptions.ConnectTimeout):
            return True
        inner = cause.args[0] if getattr(cause, "args", None) else None
        reason = getattr(inner, "reason", inner)
        return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")

    # === REQUEST HELPERS === #

    def _build_request_url(self, endpoint, **kwargs):
        """Override of `payment`: below the merchant of the account."""
        if self.code != const.PROVIDER:
            return super()._build_request_url(endpoint, **kwargs)
        # a disabled account is asked where it was enabled last
        mode = self.state if self.state in const.BASE_URLS else self.openpay_mode
        base = self.openpay_base_url or const.BASE_URLS[mode or "test"]
        return f"{base.rstrip('/')}/v1/{self.openpay_merchant_id}/{endpoint}"

    def _build_request_headers(self, method, endpoint, payload, **kwargs):
        """Override of `payment`: the body is JSON text that was fixed before."""
        if self.code != const.PROVIDER:
            return super()._build_request_headers(method, endpoint, payload, **kwargs)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if kwargs.get("payer_ip"):
            headers["X-Forwarded-For"] = kwargs["payer_ip"]
        return headers

    def _build_request_auth(self, **kwargs):
        """Override of `payment`: private key as user, no password."""
        if self.code != const.PROVIDER:
            return super()._build_request_auth(**kwargs)
        return self.openpay_private_key or "", ""

    def _parse_response_content(self, response, **kwargs):
        """Override of `payment`: a deletion has an empty answer."""
        if self.code != const.PROVIDER or response.content:
            return super()._parse_response_content(response, **kwargs)
        return None

    def _parse_response_error(self, response):
        """Override of `payment`: code and description of Openpay's errors."""
        if self.code != const.PROVIDER:
            return super()._parse_response_error(response)
        body = response.json()
        return f"{body.get('error_code')}: {body.get('description')}"

    def _log_request(self, method, url, payload, *, reference=None):
        """Override of `payment`: bodies hold names and addresses, they are stored, not logged."""
        if self.code != const.PROVIDER:
            super()._log_request(method, url, payload, reference=reference)
            return
        shown = _ONE_TIME_KEY.sub("tokens/***", url)
        _logger.info("Openpay %s %s (%s)", method, shown, reference or "-")

    def _log_response(self, response, *, reference=None):
        """Override of `payment`: status and error code are enough."""
        if self.code != const.PROVIDER:
            super()._log_response(response, reference=reference)
            return
        _logger.info(
            "Openpay answered %s %s (%s)",
            response.status_code,
            response.headers.get("OP-Error-Code") or "",
            reference or "-",
        )
