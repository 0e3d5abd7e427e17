"""SNMPv3 for requests of known shape: authenticated by HMAC, encrypted with AES-128.

RFC 3414 (USM), RFC 3826 (AES), RFC 7860 (SHA-2). Keys come from passwords once per process, and
the engine's own time runs on from its last authenticated word.
"""

import hashlib
import hmac
import secrets
import socket
import time
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CFB

from . import snmp_ber as ber
from .snmp_api import SnmpAuthFailed, SnmpBadReply, SnmpError, Target, check_usm
from .snmp_ask import Ask, OtherRequest, Reply

#: protocol -> (hash, octets of the digest in a message)
HASHES = {
    "MD5": ("md5", 12),
    "SHA": ("sha1", 12),
    "SHA224": ("sha224", 16),
    "SHA256": ("sha256", 24),
    "SHA384": ("sha384", 32),
    "SHA512": ("sha512", 48),
}
MAX_SIZE = 65507
REPORTABLE, PRIV, AUTH = 4, 2, 1
USM_STATS = ber.oid_body((1, 3, 6, 1, 6, 3, 15, 1, 1))
NOT_IN_WINDOW, UNKNOWN_ENGINE = 2, 4
REFUSALS = {1: "level", 3: "unknown user", 5: "wrong password or protocol", 6: "privacy password"}
_random = secrets.SystemRandom()


def random_below(first: int, last: int) -> int:
    """Return a number nobody can guess."""
    return _random.randrange(first, last)


def supported(target: Target) -> bool:
    """Tell whether this module speaks what a target wants: other ciphers are left to libraries."""
    usm = target.usm
    return bool(usm and usm.auth in HASHES and usm.priv == "AES")


@lru_cache(maxsize=1000)
def password_key(name: str, password: str) -> bytes:
    """Return Ku: the digest of the password repeated over a megabyte (RFC 3414, A.2)."""
    text = password.encode()
    return hashlib.new(name, (text * (1048576 // len(text) + 1))[:1048576]).digest()


def localized(name: str, password: str, engine: bytes) -> bytes:
    """Return the key of one engine."""
    key = password_key(name, password)
    return hashlib.new(name, key + engine + key).digest()


def engine_answers(target: Target) -> bool:
    """Tell whether an engine says who it is: it is asked in clear, once. Blocks for one timeout.

    Who answers this and nothing else cannot read what it is asked.
    """
    peer, number = UsmPeer(target), random_below(1 << 24, (1 << 31) - 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(target.timeout)
        try:
            sock.connect(peer.address)
            sock.send(peer.discovery(number))
            peer.open(sock.recv(65535), None, number)
        except Resend:
            return True
        except (OSError, SnmpError):
            return False
    return False


class Resend(SnmpBadReply):
    """The engine told its identity or its time: ask the same again."""


class UsmPeer:
    """An agent that is asked as a user of SNMPv3."""

    def __init__(self, target: Target) -> None:
        self.address = target.host, target.port
        self.usm = check_usm(target.usm)
        self._hash, self._digest_size = HASHES[self.usm.auth]
        self.engine = b""
        self._salt = _random.getrandbits(64)
        self._boots, self._zero = 0, 0.0

    @property
    def ready(self) -> bool:
        """Tell whether the engine is known."""
        return bool(self.engine)

    # --- out ---

    def discovery(self, message_id: int) -> bytes:
        """Return the message that asks who is there; its answer is a report."""
        pdu = ber.tlv(
            ber.GET, ber.integer(message_id) + ber.integer(0) * 2 + ber.tlv(ber.SEQUENCE, b"")
        )
        scoped = ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTETS, b"") * 2 + pdu)
        security = self._security(b"", 0, 0, b"", b"", b"")
        return self._message(message_id, REPORTABLE, security, scoped)

    def seal(self, ask: Ask, request_id: int) -> bytes:
        """Return the message that asks, under the id of the request."""
        scoped = ber.tlv(ber.SEQUENCE, self._context + ask.pdu(request_id))
        seconds = int(time.monotonic() - self._zero)
        self._salt = (self._salt + 1) & (2**64 - 1)
        salt = self._salt.to_bytes(8, "big")
        secret = self._cipher(self._boots, seconds, salt).encryptor().update(scoped)
        empty = bytes(self._digest_size)
        security = self._security(
            self.engine, self._boots, seconds, self.usm.user.encode(), empty, salt
        )
        body = ber.tlv(ber.OCTETS, secret)
        message = self._message(request_id, REPORTABLE | PRIV | AUTH, security, body)
        digest = hmac.digest(self._auth_key, message, self._hash)[: self._digest_size]
        place = len(message) - len(body) - 10 - self._digest_size  # before the salt's TLV
        return message[:place] + digest + message[place + self._digest_size :]

    @staticmethod
    def _message(message_id: int, flags: int, security: bytes, scoped: bytes) -> bytes:
        header = ber.tlv(
            ber.SEQUENCE,
            ber.integer(message_id)
            + ber.integer(MAX_SIZE)
            + bytes((ber.OCTETS, 1, flags))
            + ber.integer(3),
        )
        return ber.tlv(
            ber.SEQUENCE, ber.integer(3) + header + ber.tlv(ber.OCTETS, security) + scoped
        )

    @staticmethod
    def _security(engine: bytes, boots: int, seconds: int, user: bytes, digest, salt) -> bytes:
        return ber.tlv(
            ber.SEQUENCE,
            ber.tlv(ber.OCTETS, engine)
            + ber.integer(boots)
            + ber.integer(seconds)
            + ber.tlv(ber.OCTETS, user)
            + ber.tlv(ber.OCTETS, digest)
            + ber.tlv(ber.OCTETS, salt),
        )

    def _cipher(self, boots: int, seconds: int, salt: bytes) -> Cipher:
        vector = boots.to_bytes(4, "big") + seconds.to_bytes(4, "big") + salt
        return Cipher(self._aes, CFB(vector))

    # --- in ---

    def open(self, data: bytes, ask: Ask | None, request_id: int) -> list[int] | Reply:
        """Return what a message answers to a request; `ask` is None for a discovery.

        :raise Resend: the engine was not known, or its time had moved on.
        :raise OtherRequest: it answers another request.
        :raise SnmpAuthFailed: the engine refuses the user.
        :raise SnmpBadReply: it cannot be used, or is not from who it says.
        """
        message = Incoming(data, request_id)
        if not message.flags & PRIV:
            self._report(message)
        if ask is None or message.engine != self.engine or not self._genuine(message):
            raise SnmpBadReply("not from the engine that was asked")
        start, end = message.body
        cipher = self._cipher(message.boots, message.seconds, message.salt).decryptor()
        scoped = cipher.update(data[start:end])
        found = ask.quick(scoped, request_id)
        if found is not None:
            return found
        start, end = ber.expect(scoped, 0, len(scoped), ber.SEQUENCE)
        _start, at = ber.expect(scoped, start, end, ber.OCTETS)
        _start, at = ber.expect(scoped, at, end, ber.OCTETS)
        return ask.careful(scoped, at, end, request_id)

    def _genuine(self, message: "Incoming") -> bool:
        """Tell whether a message carries the digest of this user's key."""
        start, end = message.digest
        if not message.flags & AUTH or end - start != self._digest_size:
            return False
        data = message.data
        blank = data[:start] + bytes(self._digest_size) + data[end:]
        digest = hmac.digest(self._auth_key, blank, self._hash)[: self._digest_size]
        return hmac.compare_digest(digest, data[start:end])

    def _report(self, message: "Incoming") -> None:
        """Judge a message that is not encrypted: only reports may be.

        :raise SnmpError: always one that says what to do
        """
        code = message.report()
        if code == UNKNOWN_ENGINE:
            if not message.engine or message.engine == self.engine:
                raise SnmpBadReply("engine without identity")
            self._meet(message)
            raise Resend("engine discovered")
        if code == NOT_IN_WINDOW and self.ready and message.engine == self.engine:
            if not self._genuine(message):
                raise SnmpBadReply("time from somebody else")
            self._set_time(message)
            raise Resend("time of the engine")
        if code in REFUSALS:
            raise SnmpAuthFailed(REFUSALS[code])
        raise SnmpBadReply(f"report {code}")

    def _meet(self, message: "Incoming") -> None:
        self.engine = message.engine
        self._auth_key = localized(self._hash, self.usm.auth_key, self.engine)
        self._aes = AES(localized(self._hash, self.usm.priv_key, self.engine)[:16])
        self._context = ber.tlv(ber.OCTETS, self.engine) + ber.tlv(ber.OCTETS, b"")
        self._set_time(message)

    def _set_time(self, message: "Incoming") -> None:
        self._boots, self._zero = message.boots, time.monotonic() - message.seconds


class Incoming:
    """The clear part of a message of SNMPv3."""

    __slots__ = ("body", "boots", "data", "digest", "engine", "flags", "salt", "seconds")

    def __init__(self, data: bytes, message_id: int) -> None:
        """:raise OtherRequest: another message id; SnmpBadReply: not such a message"""
        self.data = data
        at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
        version, at = ber.number(data, at, end)
        if version != 3 or end != len(data):
            raise SnmpBadReply("not a message of SNMPv3")
        start, at = ber.expect(data, at, end, ber.SEQUENCE)
        found, start = ber.number(data, start, at)
        if found != message_id:
            raise OtherRequest("another message id")
        _size, start = ber.number(data, start, at)
        flags, flags_end = ber.expect(data, start, at, ber.OCTETS)
        if flags_end - flags != 1:
            raise SnmpBadReply("flags")
        self.flags = data[flags]
        start, at = ber.expect(data, at, end, ber.OCTETS)
        self._read_security(start, at)
        tag = ber.OCTETS if self.flags & PRIV else ber.SEQUENCE
        self.body = ber.expect(data, at, end, tag)
        if self.body[1] != end:
            raise SnmpBadReply("bytes behind the message")

    def _read_security(self, start: int, end: int) -> None:
        data = self.data
        at, last = ber.expect(data, start, end, ber.SEQUENCE)
        start, at = ber.expect(data, at, last, ber.OCTETS)
        self.engine = data[start:at]
        self.boots, at = ber.number(data, at, last)
        self.seconds, at = ber.number(data, at, last)
        if not (0 <= self.boots < 2**31 and 0 <= self.seconds < 2**31):
            raise SnmpBadReply("time of the engine")
        _start, at = ber.expect(data, at, last, ber.OCTETS)
        self.digest = ber.expect(data, at, last, ber.OCTETS)
        start, at = ber.expect(data, self.digest[1], last, ber.OCTETS)
        self.salt = data[start:at]
        if self.flags & PRIV and len(self.salt) != 8:
            raise SnmpBadReply("salt")

    def report(self) -> int:
        """Return the number of the counter of `usmStats` that a report carries.

        :raise SnmpBadReply: it is no such report.
        """
        at, end = self.body
        _start, at = ber.expect(self.data, at, end, ber.OCTETS)
        _start, at = ber.expect(self.data, at, end, ber.OCTETS)
        at, end = ber.expect(self.data, at, end, ber.REPORT)
        for _number in range(3):
            _value, at = ber.number(self.data, at, end)
        at, end = ber.expect(self.data, at, end, ber.SEQUENCE)
        at, end = ber.expect(self.data, at, end, ber.SEQUENCE)
        start, stop = ber.expect(self.data, at, end, ber.OID)
        oid = self.data[start:stop]
        if oid[:-2] != USM_STATS or oid[-1]:
            raise SnmpBadReply("report of something else")
        return oid[-2]
