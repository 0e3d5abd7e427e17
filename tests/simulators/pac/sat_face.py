"""SAT's ConsultaCFDIService over SOAP."""

from xml.sax.saxutils import escape

from lxml import etree

from ..common import App, Request, Response
from .cancelling import Sat
from .sat_files import read

PATH = "/ConsultaCFDIService.svc"
_B = "http://schemas.datacontract.org/2004/07/Sat.Cfdi.Negocio.ConsultaCfdi.Servicio"


def register(app: App, sat: Sat) -> None:
    """Add the service to the simulator."""

    def consult(request: Request) -> Response:
        try:
            root = read(request.body)
        except etree.XMLSyntaxError:
            return _soap("<s:Fault><faultstring>bad request</faultstring></s:Fault>", 500)
        expression = root.findtext(".//{http://tempuri.org/}expresionImpresa") or ""
        values = sat.status(expression)
        fields = "".join(f"<b:{name}>{escape(value)}</b:{name}>" for name, value in values.items())
        return _soap(
            f'<ConsultaResponse xmlns="http://tempuri.org/"><ConsultaResult xmlns:b="{_B}">'
            f"{fields}</ConsultaResult></ConsultaResponse>"
        )

    app.add("POST", PATH, consult)


def _soap(body: str, status: int = 200) -> Response:
    text = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f"{body}</s:Body></s:Envelope>"
    )
    return Response(status, text, content_type="text/xml; charset=utf-8")
