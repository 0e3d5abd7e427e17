"""Certificates and signatures of both sides."""

import base64
import binascii
import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from .sat_files import read

DS = "{http://www.w3.org/2000/09/xmldsig#}"
_CSD_EXTRAS = ("data_encipherment", "key_agreement")


def unbase64(text: str | None) -> bytes:
    """Decode strictly, empty when it is not Base64."""
    try:
        return base64.b64decode((text or "").encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""


class Holder:
    """What a certificate says: number, RFC, validity, kind."""

    def __init__(self, der: bytes):
        self.x509 = x509.load_der_x509_certificate(der)
        serial = self.x509.serial_number.to_bytes(32, "big").lstrip(b"\0")
        self.number = serial.decode("ascii", "replace")
        unique = self.x509.subject.get_attributes_for_oid(NameOID.X500_UNIQUE_IDENTIFIER)
        self.rfc = str(unique[0].value).partition("/")[0].strip() if unique else ""

    def covers(self, moment: datetime.datetime) -> bool:
        """Whether the validity covers an aware moment."""
        return self.x509.not_valid_before_utc <= moment <= self.x509.not_valid_after_utc

    def is_csd(self) -> bool:
        """A CSD signs and does nothing else."""
        try:
            usage = self.x509.extensions.get_extension_for_class(x509.KeyUsage).value
        except x509.ExtensionNotFound:
            return False
        return usage.digital_signature and not any(getattr(usage, name) for name in _CSD_EXTRAS)

    def signed(self, signature: bytes, message: bytes, algorithm=None) -> bool:
        """Whether the signature is this holder's."""
        try:
            self.x509.public_key().verify(
                signature, message, padding.PKCS1v15(), algorithm or hashes.SHA256()
            )
        except InvalidSignature:
            return False
        return True


class SatSigner:
    """The "SAT" certificate of the PAC: signs stamps, kept in the state."""

    def __init__(self, key_pem: str, certificate_pem: str):
        self.key_pem, self.certificate_pem = key_pem, certificate_pem
        self._key = serialization.load_pem_private_key(key_pem.encode(), None)
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        self.der = certificate.public_bytes(serialization.Encoding.DER)
        self.number = Holder(self.der).number

    @classmethod
    def generate(cls, number: str, name: str = "SAT SIMULADO SIN VALIDEZ") -> "SatSigner":
        """Make a new pair with the 20 digits of ``number``."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(int.from_bytes(number.encode(), "big"))
            .not_valid_before(start)
            .not_valid_after(start.replace(year=2044))
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return cls(key.private_bytes(pem, *plain).decode(), certificate.public_bytes(pem).decode())

    def sign(self, message: bytes) -> str:
        """RSA-SHA256 in Base64."""
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()


def check_enveloped(root: etree._Element) -> Holder | None:
    """Who signed the document by XMLDSig, None when the signature is not valid.

    Only what SAT prescribes is understood: inclusive C14N, SHA-1, the whole document.
    """
    copy = read(etree.tostring(root))
    signature = copy.find(f"{DS}Signature")
    if signature is None:
        return None
    info = signature.find(f"{DS}SignedInfo")
    der = unbase64((signature.findtext(f".//{DS}X509Certificate") or "").replace("\n", ""))
    value = unbase64((signature.findtext(f"{DS}SignatureValue") or "").replace("\n", ""))
    digest = unbase64(signature.findtext(f".//{DS}DigestValue"))
    if info is None or not der:
        return None
    # Canonical form of a part of a tree is wrong in lxml (xmlns=""); of a document it is right.
    alone = read(etree.tostring(info, with_tail=False))
    signed_info = etree.tostring(alone, method="c14n")
    copy.remove(signature)
    computed = hashes.Hash(hashes.SHA1())
    computed.update(etree.tostring(copy, method="c14n"))
    holder = Holder(der)
    if computed.finalize() != digest or not holder.signed(value, signed_info, hashes.SHA1()):
        return None
    return holder
