"""AES of pysnmp with an older ``cryptography``.

pysnmp 7.1.30 takes the CFB mode from a place that ``cryptography`` has only from version 47 on, and
without it refuses every privacy password. Odoo 19 pins an earlier series, where the same class
lives elsewhere: it is handed over.
"""

from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pysnmp.proto.secmod.rfc3826.priv import aes


def ensure_ciphers() -> None:
    """Give the library what it looked for in vain; nothing is changed when it found it."""
    if aes.PysnmpCryptoError:
        aes.CFB, aes.Cipher, aes.algorithms = modes.CFB, Cipher, algorithms
        aes.default_backend, aes.PysnmpCryptoError = default_backend, False
