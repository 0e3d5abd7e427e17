import logging

from odoo.http import Controller, request, route

from .. import const
from ..services.events import MAX_BYTES, EventError, parse_event, read_basic, same_secret

_logger = logging.getLogger(__name__)


class OpenpayWebhook(Controller):
    @route(
        const.WEBHOOK_ROUTE,
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def openpay_webhook(self, **kwargs):
        """Store a message of Openpay and have it worked on at once.

        Nothing in it is believed: the worker reads the charge with our own key. Answers 401
        without the right user and password, 413 and 400 for what cannot be read, else 200.
        """
        given = read_basic(request.httprequest.headers.get("Authorization"))
        providers_sudo = self._openpay_authenticated(given)
        if not providers_sudo:
            headers = {"WWW-Authenticate": 'Basic realm="openpay"'}
            return self._openpay_answer("unauthorized", 401, headers)
        if (request.httprequest.content_length or 0) > MAX_BYTES:
            return self._openpay_answer("too large", 413)
        body = request.httprequest.get_data(cache=False)
        try:
            event = parse_event(body)
        except EventError as error:
            return self._openpay_answer(str(error), 413 if len(body) > MAX_BYTES else 400)
        provider_sudo = self._openpay_choose(providers_sudo, event)
        if request.env["isp.payment.event"].sudo()._receive(provider_sudo, event):
            request.env.ref("isp_payments_mx.cron_process_events").sudo()._trigger()
        _logger.info("Openpay message %s %s", event.type, event.charge_id or "-")
        return self._openpay_answer("ok", 200)

    def _openpay_answer(self, text, status, headers=None):
        return request.make_response(text, headers=list((headers or {}).items()), status=status)

    def _openpay_authenticated(self, given):
        """Return the accounts whose webhook user and password these are; all are compared.

        A disabled account offers nothing new, but references that are out may still be paid.
        """
        providers_sudo = (
            request.env["payment.provider"].sudo().search([("code", "=", const.PROVIDER)])
        )
        return providers_sudo.filtered(
            lambda provider: same_secret(
                given,
                provider.openpay_webhook_user or "",
                provider.openpay_webhook_password or "",
            )
        )

    def _openpay_choose(self, providers_sudo, event):
        """Return the account an event is for: that of its charge when several share a password."""
        if len(providers_sudo) > 1 and event.order_id:
            for model in ("isp.payment.voucher", "isp.card.charge"):
                domain = [("idempotency_key", "=", event.order_id)]
                row_sudo = request.env[model].sudo().search(domain, limit=1)
                if row_sudo and row_sudo.provider_id in providers_sudo:
                    return row_sudo.provider_id
        return providers_sudo[:1]
