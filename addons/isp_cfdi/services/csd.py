"""Certificado de Sello Digital: read, check and sign with it."""

from __future__ import annotations

import base64
import datetime
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key
from cryptography.x509.oid import ExtensionOID, NameOID

from .errors import CsdError

_NAME = x509.ObjectIdentifier("2.5.4.41")


@dataclass(frozen=True)
class Certificate:
    """What a CSD or a PAC certificate says about itself.

    ``valid_from`` and ``valid_to`` are aware UTC datetimes.
    """

    der: bytes = field(repr=False)
    number: str
    rfc: str
    name: str
    valid_from: datetime.datetime
    valid_to: datetime.datetime
    is_csd: bool
    public_key: rsa.RSAPublicKey = field(repr=False)

    @cached_property
    def base64(self) -> str:
        """DER in Base64 without line breaks, as the attribute Certificado wants it."""
        return base64.b64encode(self.der).decode()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` (RSA-SHA256, PKCS#1 v1.5) belongs to ``message``."""
        try:
            self.public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Csd:
    """A certificate with its private key; the key never shows in a repr."""

    certificate: Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """RSA-SHA256 signature, PKCS#1 v1.5."""
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def load_certificate(der: bytes) -> Certificate:
    """Read a ``.cer`` (DER); raise ``CsdError`` when it is not an RSA certificate."""
    try:
        cert = x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise CsdError("not_certificate", "The file is not a DER certificate (.cer)") from error
    public_key = cert.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise CsdError("not_rsa", "The certificate does not hold an RSA key")
    return Certificate(
        der=der,
        number=_number(cert.serial_number),
        rfc=_rfc(cert.subject),
        name=_first(cert.subject, _NAME) or _first(cert.subject, NameOID.COMMON_NAME),
        valid_from=cert.not_valid_before_utc,
        valid_to=cert.not_valid_after_utc,
        is_csd=_is_csd(cert),
        public_key=public_key,
    )


def load_key(der: bytes, password: str) -> rsa.RSAPrivateKey:
    """Open a ``.key`` (encrypted PKCS#8 DER); the error never repeats the password."""
    try:
        key = load_der_private_key(der, password.encode() or None)
    except (ValueError, TypeError) as error:
        raise CsdError(
            "bad_key", "The key file (.key) cannot be opened with this password"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CsdError("not_rsa", "The key file does not hold an RSA key")
    return key


def load_csd(cer: bytes, key: bytes, password: str) -> Csd:
    """Open a pair and make sure both files belong together."""
    certificate = load_certificate(cer)
    private_key = load_key(key, password)
    if private_key.public_key().public_numbers() != certificate.public_key.public_numbers():
        raise CsdError("mismatch", "The key file does not belong to the certificate")
    return Csd(certificate, private_key)


def check_csd(
    certificate: Certificate, rfc: str | None, moment: datetime.datetime
) -> list[tuple[str, str]]:
    """Reasons why the certificate cannot seal for ``rfc`` at ``moment`` (aware).

    Returns (code, English text) pairs; an empty list means that it can.
    """
    problems = []
    if not certificate.is_csd:
        problems.append(("not_csd", "This is an e.firma (FIEL), not a CSD"))
    if rfc and certificate.rfc != rfc:
        problems.append(
            ("rfc", f"The certificate belongs to {certificate.rfc}, the company is {rfc}")
        )
    if moment < certificate.valid_from:
        problems.append(("not_yet_valid", "The certificate is not valid yet"))
    if moment > certificate.valid_to:
        problems.append(("expired", "The certificate has expired"))
    return problems


def _number(serial: int) -> str:
    """The 20 digits that SAT writes as ASCII bytes into the serial number."""
    digits = f"{serial:x}"[1::2]
    return digits if digits.isdigit() else ""


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _rfc(subject: x509.Name) -> str:
    """x500UniqueIdentifier is "RFC / RFC of the representative", or the RFC alone."""
    unique = _first(subject, NameOID.X500_UNIQUE_IDENTIFIER)
    return unique.split("/")[0].strip().upper()


def _is_csd(cert: x509.Certificate) -> bool:
    """A CSD may only sign; an e.firma also encrypts and carries an extended usage."""
    try:
        usage = cert.extensions.get_extension_for_oid(ExtensionOID.KEY_USAGE).value
    except x509.ExtensionNotFound:
        return False
    return (
        usage.digital_signature
        and usage.content_commitment
        and not usage.data_encipherment
        and not usage.key_agreement
    )
