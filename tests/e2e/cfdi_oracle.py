"""Independent checks of a stamped CFDI: SAT's own XSLT and plain RSA, then satcfdi's opinion."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import satcfdi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from satcfdi.cfdi import CFDI

SCHEMAS = Path(satcfdi.__file__).parent / "transform/schemas/www.sat.gob.mx/sitio_internet/cfd"
NAMESPACES = {"c": "http://www.sat.gob.mx/cfd/4", "t": "http://www.sat.gob.mx/TimbreFiscalDigital"}


class _Local(etree.Resolver):
    """Finds what the XSLT includes among the files of the wheel, never on the network."""

    def resolve(self, url, _pubid, context):
        name = re.sub(r"^https?://www\.sat\.gob\.mx/sitio_internet/cfd/", "", url)
        path = SCHEMAS / name if name != url else Path(url)
        return self.resolve_filename(str(path), context) if path.exists() else None


def original_string(xml: bytes) -> str:
    """Cadena original of a CFDI 4.0 by SAT's XSLT as the wheel ships it."""
    parser = etree.XMLParser()
    parser.resolvers.add(_Local())
    sheet = etree.parse(str(SCHEMAS / "4/cadenaoriginal_4_0/cadenaoriginal_4_0.xslt"), parser)
    return str(etree.XSLT(sheet)(etree.fromstring(xml)))


def verify_seal(xml: bytes) -> dict[str, str]:
    """Check ``Sello`` against the embedded certificate, raise when wrong, return key facts."""
    root = etree.fromstring(xml)
    certificate = x509.load_der_x509_certificate(base64.b64decode(root.get("Certificado")))
    certificate.public_key().verify(
        base64.b64decode(root.get("Sello")), original_string(xml).encode(), PKCS1v15(), SHA256()
    )
    stamp = root.find("c:Complemento/t:TimbreFiscalDigital", NAMESPACES)
    assert stamp.get("SelloCFD") == root.get("Sello")
    return {
        "uuid": stamp.get("UUID").upper(), "total": root.get("Total"), "seal": root.get("Sello"),
        "issuer": root.find("c:Emisor", NAMESPACES).get("Rfc"),
        "receiver": root.find("c:Receptor", NAMESPACES).get("Rfc"),
    }  # fmt: skip


def second_opinion(xml: bytes) -> None:
    """satcfdi reads the same document and comes to the same original string."""
    cfdi = CFDI.from_string(xml)
    root = etree.fromstring(xml)
    assert str(cfdi["Total"]) == root.get("Total")
    assert cfdi.cadena_original() == original_string(xml)


def pdf_text(pdf: Path) -> str:
    """Text of a PDF, as a reader would select it."""
    return subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout


def pdf_codes(pdf: Path, folder: Path) -> list[str]:
    """What a scanner reads from the first page, at 150 dpi."""
    subprocess.run(
        ["pdftoppm", "-r", "150", "-png", "-f", "1", "-l", "1", str(pdf), str(folder / "page")],
        check=True,
    )
    image = next(folder.glob("page*.png"))
    done = subprocess.run(
        ["zbarimg", "-q", "--raw", str(image)], capture_output=True, text=True, check=False
    )
    return done.stdout.split()
