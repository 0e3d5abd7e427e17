"""Pages for the cardholder's browser: the challenge, the hosted card page, the scripts of a shop.

Plain forms, so that a person and a test browser can use them: ``#accept`` and ``#reject`` on the
challenge; ``#holder_name``, ``#card_number``, ``#expiration_month``, ``#expiration_year``,
``#cvv2``, ``#pay`` and ``#error`` on the card page.
"""

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from ..common import App, HttpError, Request, Response
from .api import Api
from .errors import ApiError

STATIC = Path(__file__).parent / "static"
# What a shop loads: path -> our own file with the same interface as the vendor's
SCRIPTS = {
    "/js/openpay.v1.min.js": "openpay.js",
    "/js/openpay-data.v1.min.js": "openpay-data.js",
}
FIELDS = (
    ("holder_name", "Nombre del titular", "cc-name", "text"),
    ("card_number", "Número de tarjeta", "cc-number", "numeric"),
    ("expiration_month", "Mes (MM)", "cc-exp-month", "numeric"),
    ("expiration_year", "Año (AA)", "cc-exp-year", "numeric"),
    ("cvv2", "Código de seguridad", "cc-csc", "numeric"),
)
PAGE = """<!doctype html>
<html lang="es-MX"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:16px system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem}}
label{{display:block;margin:.8rem 0 .2rem}}input{{width:100%;padding:.6rem;box-sizing:border-box}}
button{{padding:.8rem 1.2rem;margin:1rem .5rem 0 0}}#error{{color:#a00}}</style></head>
<body><h1>{title}</h1><p id="amount">{merchant} · ${amount:,.2f} {currency}</p>
<p>{description}</p>{error}<form method="post">{form}</form>
<p><small>Simulador: ningún dato sale de esta máquina.</small></p></body></html>"""
CHALLENGE = (
    '<button id="accept" name="result" value="accept">Autorizar pago</button>'
    '<button id="reject" name="result" value="reject">Rechazar</button>'
)


class Pages:
    """Binds the routes that need no key."""

    def __init__(self, app: App, api: Api):
        self.api = api
        for tail in ("", "/frictionless"):
            path = "/v1/{merchant}/charges/{id}/card_capture" + tail
            app.add("GET", path, self._show)
            app.add("POST", path, self._submit)
        for path, name in SCRIPTS.items():
            app.add("GET", path, lambda _r, name=name: self._script(name))

    def _script(self, name: str) -> Response:
        text = (STATIC / name).read_text(encoding="utf-8")
        return Response(200, text, {"Cache-Control": "no-cache"}, "text/javascript; charset=utf-8")

    def _charge(self, request: Request) -> dict[str, Any]:
        charge = self.api.store.charges.get(request.params["id"])
        if charge is None or not charge.get("_redirect_url"):
            raise HttpError(404, {"error": "no such payment"})
        return charge

    def _show(self, request: Request) -> Response:
        with self.api.store.reading():
            charge = self._charge(request)
            if charge["status"] != "charge_pending":
                return self._go_back(charge)
            return self._page(charge)

    def _submit(self, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        with self.api.store.transaction():
            charge = self._charge(request)
            if charge["status"] != "charge_pending":
                return self._go_back(charge)
            if "card" in charge:
                self.api.charges.redirects.settle(charge, form.get("result") == "accept")
            else:
                form["card_number"] = "".join(form.get("card_number", "").split())
                try:
                    self.api.charges.redirects.enter_card(charge, form)
                except ApiError as error:
                    return self._page(charge, str(error.body["description"]))
            if charge["status"] == "charge_pending":
                return self._page(charge)
            return self._go_back(charge)

    def _go_back(self, charge: dict[str, Any]) -> Response:
        return Response(303, None, {"Location": self.api.charges.redirects.way_back(charge)})

    def _page(self, charge: dict[str, Any], error: str = "") -> Response:
        hosted = "card" not in charge
        inputs = "".join(
            f'<label for="{name}">{label}</label><input id="{name}" name="{name}" required '
            f'autocomplete="{hint}" inputmode="{mode}">'
            for name, label, hint, mode in FIELDS
        )
        text = PAGE.format(
            title="Pago con tarjeta" if hosted else "Tu banco confirma el pago",
            merchant=escape(self.api.config.merchant_name),
            amount=charge["amount"],
            currency=escape(charge["currency"]),
            description=escape(str(charge["description"])),
            error=f'<p id="error" role="alert">{escape(error)}</p>' if error else "",
            form=f'{inputs}<button id="pay">Pagar</button>' if hosted else CHALLENGE,
        )
        headers = {"Cache-Control": "no-store"}
        return Response(200, text, headers, "text/html; charset=utf-8")
