"""Make CSD-like pairs for demos, tests and simulators.

They have the form of SAT's certificates (see ``csd.py``) and are worth nothing outside:
the issuer calls itself a simulator.
"""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_NAME = x509.ObjectIdentifier("2.5.4.41")
_ISSUER = x509.Name(
    [
        x509.NameAttribute(NameOID.COMMON_NAME, "AC SIMULADA SIN VALIDEZ"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "AUTORIDAD SIMULADA"),
        x509.NameAttribute(NameOID.COUNTRY_NAME, "MX"),
    ]
)


def make_pair(
    rfc: str,
    name: str,
    number: str = "30001000000599990001",
    password: str = "simulada",  # noqa: S107 - worth nothing outside a demo
    valid_from: datetime.datetime | None = None,
    years: int = 4,
    fiel: bool = False,
    key: rsa.RSAPrivateKey | None = None,
) -> tuple[bytes, bytes]:
    """Return (cer, key): DER certificate and encrypted PKCS#8 key.

    ``number`` are the 20 digits of NoCertificado; ``fiel`` makes an e.firma instead,
    which every check must refuse.  ``valid_from`` is aware; default one day ago.
    """
    private_key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    start = valid_from or datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(rfc, name))
        .issuer_name(_ISSUER)
        .public_key(private_key.public_key())
        .serial_number(int("".join(f"3{digit}" for digit in number), 16))
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(fiel), critical=False)
    )
    if fiel:
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    certificate = builder.sign(private_key, hashes.SHA256())
    encrypted = private_key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )
    return certificate.public_bytes(serialization.Encoding.DER), encrypted


def _subject(rfc: str, name: str) -> x509.Name:
    """Legal persons name a representative behind their RFC."""
    unique = f"{rfc} / XAXX010101000" if len(rfc) == 12 else rfc
    attribute = x509.NameAttribute
    return x509.Name(
        [
            attribute(NameOID.COMMON_NAME, name[:64]),
            attribute(_NAME, name),
            attribute(NameOID.ORGANIZATION_NAME, name[:64]),
            attribute(NameOID.X500_UNIQUE_IDENTIFIER, unique),
            attribute(NameOID.SERIAL_NUMBER, " / XAXX010101HDFXXX04"),
            attribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Matriz"),
        ]
    )


def _usage(fiel: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=fiel,
        key_agreement=fiel,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
