"""SW's REST shapes over the core."""

import email
import email.policy
import time
import uuid as uuid_module

from ..common import App, HttpError, Request, Response
from .cancelling import Sat, folios
from .config import Config
from .core import Core, Refusal
from .modes import Modes, odd
from .sat_files import CFDI, TFD, read
from .store import Document

TOKEN_SECONDS = 7200


class SwFace:
    """Tokens, stamping, cancelation and balance as SW answers them."""

    def __init__(self, config: Config, core: Core, sat: Sat, modes: Modes):
        self.config, self.core, self.sat, self.modes = config, core, sat, modes
        self.tokens: dict[str, float] = {}

    def register(self, app: App) -> None:
        """Add the routes of the services and api hosts to one address."""
        app.add("POST", "/v2/security/authenticate", self.authenticate)
        app.add("POST", "/v4/cfdi33/stamp/{version}", self.stamp)
        app.add("POST", "/cfdi33/cancel/xml", self.cancel_xml)
        app.add("POST", "/cfdi33/cancel/{rfc}/{uuid}/{motive}", self.cancel_uuid)
        app.add("POST", "/cfdi33/cancel/{rfc}/{uuid}/{motive}/{substitute}", self.cancel_uuid)
        app.add("GET", "/management/v2/api/users/balance", self.balance)

    # --- account ---------------------------------------------------------------------

    def authenticate(self, request: Request) -> Response:
        """User and password for a token of two hours."""
        given = request.json_or_empty()
        if (given.get("user"), given.get("password")) != (self.config.user, self.config.password):
            return _error(401, "AU2000", "El usuario y/o contraseña son inválidos.")
        token = uuid_module.uuid4().hex
        self.tokens[token] = time.time() + TOKEN_SECONDS
        data = {"token": token, "expires_in": int(self.tokens[token]), "tokeny_type": "Bearer"}
        return _success(data)

    def _authorised(self, request: Request) -> None:
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token == self.config.token or self.tokens.get(token, 0) > time.time():
            return
        answer = {"status": "error", "data": None, "message": "401 Unauthorized"}
        raise HttpError(401, {**answer, "messageDetail": "Token inválido o vencido."})

    def balance(self, request: Request) -> Response:
        """Stamps left."""
        self._authorised(request)
        used = len(self.core.store.documents)
        data = {"stampsBalance": self.core.credits, "stampsUsed": used, "unlimited": False}
        return _success({**data, "stampsAssigned": self.core.credits + used})

    # --- stamping --------------------------------------------------------------------

    def stamp(self, request: Request) -> Response:
        """v1 tfd; v2 tfd and cfdi; v3 cfdi; v4 everything."""
        self._authorised(request)
        mode = self.modes.take()
        if mode == "uncontrolled":
            return _error(500, "CO1000", "Error no controlado.")
        if mode.startswith("before_"):
            return odd(mode)
        version = request.params["version"]
        try:
            document = self.core.stamp(_file(request), request.headers.get("customid") or "")
        except Refusal as refusal:
            return self._refused(refusal, version, mode)
        if mode in ("html", "empty"):
            return odd(mode)
        if mode == "success_without_document":
            return _success({"tfd": ""})
        response = _success(_stamp_data(self.modes.twist(mode, document, self.core), version))
        return Response(200, response.payload() * 2) if mode == "twice" else response

    @staticmethod
    def _refused(refusal: Refusal, version: str, mode: str) -> Response:
        """307 brings the earlier document; CFDI3307 its stamp only."""
        data = None
        if refusal.earlier and mode != "307_empty":
            data = _stamp_data(refusal.earlier, version)
            if refusal.code == "CFDI3307":
                data.pop("cfdi", None)
        return _error(400, refusal.code, refusal.text, data)

    # --- cancelation -----------------------------------------------------------------

    def cancel_xml(self, request: Request) -> Response:
        """A signed Cancelacion; the key stays with the issuer."""
        self._authorised(request)
        mode = self.modes.take()
        if mode in ("html", "empty", "before_html", "before_empty"):
            if not mode.startswith("before_"):
                self.sat.cancel_signed(_file(request))
            return odd(mode)
        if mode.startswith("cancel_request_"):
            return _error(400, mode.removeprefix("cancel_request_"), "No se pudo cancelar.")
        if mode == "cancel_empty":
            return _success({"acuse": None, "uuid": {}})
        if mode.startswith("cancel_code_"):
            codes = dict.fromkeys(folios(_file(request)), mode.removeprefix("cancel_code_"))
            return self._cancelled(codes, "")
        try:
            codes = self.sat.cancel_signed(_file(request))
        except Refusal as refusal:
            return _error(400, refusal.code, refusal.text)
        return self._cancelled(codes, "")

    def _cancelled(self, codes: dict[str, str], rfc: str) -> Response:
        return _success({"acuse": self.sat.acuse(codes, rfc), "uuid": codes})

    def cancel_uuid(self, request: Request) -> Response:
        """With a CSD kept at the PAC, which the simulator takes for granted."""
        self._authorised(request)
        given = request.params
        code = self.sat.cancel(
            given["rfc"], given["uuid"], given["motive"], given.get("substitute")
        )
        return self._cancelled({given["uuid"].upper(): code}, given["rfc"])


def _file(request: Request) -> bytes:
    """The field ``xml`` of a multipart body."""
    kind = request.headers.get("Content-Type") or ""
    head = f"Content-Type: {kind}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.body, policy=email.policy.HTTP)
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_param("name", header="content-disposition") == "xml":
            return part.get_payload(decode=True) or b""
    raise HttpError(400, _body("error", None, "Xml CFDI no proporcionado o viene vacio."))


def _stamp_data(document: Document, version: str) -> dict:
    tfd_xml = document.xml[document.xml.index("<tfd:") :]
    tfd_xml = tfd_xml[: tfd_xml.index("/>") + 2]
    if version == "v1":
        return {"tfd": tfd_xml}
    if version == "v2":
        return {"tfd": tfd_xml, "cfdi": document.xml}
    if version == "v3":
        return {"cfdi": document.xml}
    tfd = read(document.xml.encode()).find(f"{CFDI}Complemento/{TFD}TimbreFiscalDigital")
    return {
        "cfdi": document.xml,
        "uuid": document.uuid,
        "fechaTimbrado": tfd.get("FechaTimbrado"),
        "selloCFDI": document.seal,
        "selloSAT": tfd.get("SelloSAT"),
        "noCertificadoSAT": tfd.get("NoCertificadoSAT"),
    }


def _body(status: str, data: dict | None, message: str) -> dict:
    return {"status": status, "data": data, "message": message, "messageDetail": ""}


def _success(data: dict) -> Response:
    return Response(200, {"status": "success", "data": data})


def _error(http: int, code: str, text: str, data: dict | None = None) -> Response:
    return Response(http, _body("error", data, f"{code}. {text}"))
