"""Encrypt the private keys that the database stores."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import CsdError

_PURPOSE = b"isp.cfdi.certificate key v1"


def _cipher(secret: str) -> Fernet:
    """A cipher whose key only follows from ``secret``."""
    if not secret:
        raise CsdError("no_secret", "The database has no secret to encrypt with")
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=_PURPOSE).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def lock(key: rsa.RSAPrivateKey, secret: str) -> bytes:
    """The key as encrypted bytes; its old password is not needed any more."""
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return _cipher(secret).encrypt(der)


def unlock(token: bytes, secret: str) -> rsa.RSAPrivateKey:
    """The key again; raises ``CsdError`` when it was locked with another secret."""
    try:
        der = _cipher(secret).decrypt(token)
    except InvalidToken as error:
        raise CsdError(
            "locked", "The stored key cannot be opened in this database: upload it again"
        ) from error
    # Its mathematics were checked at upload and the token is authenticated: no need to check again.
    key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CsdError("not_rsa", "The stored key is not an RSA key")
    return key
