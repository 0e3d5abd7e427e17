import logging
import re

from werkzeug.exceptions import abort

from odoo import models
from odoo.http import Response, request

from .. import const
from ..services.pan import has_pan, hide_pans, json_has_pan

# Pages of the customer area and of payments, with or without a language before them.
GUARDED = re.compile(r"^(?:/[a-z]{2,3}(?:_[A-Za-z0-9@]+)?)?/(?:my|payment|invoice)(?:/|$)")

_logger = logging.getLogger(__name__)


class HideCardNumbers(logging.Filter):
    """Keeps card numbers out of the access log, whatever somebody puts in an address."""

    def filter(self, record):
        message = record.getMessage()
        hidden = hide_pans(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


logging.getLogger("werkzeug").addFilter(HideCardNumbers())


class IrHttp(models.AbstractModel):
    """No card number gets further than the door of our routes."""

    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Override of `http_routing`: the card form speaks the language of its page."""
        return [*super()._get_translation_frontend_modules_name(), "isp_payments_mx"]

    @classmethod
    def _match(cls, path_info):
        """Override: refuse requests with a card number before anything reads or writes them.

        An address with a NUL is nobody's either: Odoo would look for an attachment of that name,
        which the database cannot.
        """
        if request and GUARDED.match(path_info):
            if "\x00" in path_info:
                abort(Response(status=400, headers=[("Cache-Control", "no-store")]))
            if const.WEBHOOK_ROUTE not in path_info:
                cls._isp_refuse_card_numbers()
        return super()._match(path_info)

    @classmethod
    def _isp_refuse_card_numbers(cls):
        """Answer 400 without repeating anything of the request.

        Looks at address, form fields and JSON; uploaded files are left alone.
        """
        http = request.httprequest
        texts = [http.path, *http.args.values()]
        if http.method in ("POST", "PUT", "PATCH"):
            if "json" in (http.mimetype or ""):
                if json_has_pan(http.get_data(cache=True, as_text=True)):
                    cls._isp_refuse_request()
            else:
                texts += [value for values in http.form.listvalues() for value in values]
        texts += [name for name in (*http.args.keys(), *http.form.keys())]
        if any(map(has_pan, texts)):
            cls._isp_refuse_request()

    @classmethod
    def _isp_refuse_request(cls):
        """Answer 400 with nothing of the request in it."""
        _logger.info("A request with a card number was refused")
        text = request.env._(
            "Card numbers are not accepted here. Type your card in the card form only."
        )
        abort(Response(text, status=400, headers=[("Cache-Control", "no-store")]))
