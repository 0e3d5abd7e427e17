"""Sessions of gufo-snmp: versions, and the users of SNMPv3 with their keys."""

import time
from functools import lru_cache

from gufo.snmp import (
    Aes128Key,
    Aes192Key,
    Aes256Key,
    DesKey,
    Md5Key,
    Sha1Key,
    Sha224Key,
    Sha256Key,
    Sha384Key,
    Sha512Key,
    SnmpAuthError,
    SnmpVersion,
    User,
)
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import KeyType

from .snmp_api import (
    SnmpAuthFailed,
    SnmpBadReply,
    SnmpTimeout,
    Target,
    Usm,
    check_usm,
)
from .snmp_guard import guarded

AUTH = {
    "MD5": Md5Key,
    "SHA": Sha1Key,
    "SHA224": Sha224Key,
    "SHA256": Sha256Key,
    "SHA384": Sha384Key,
    "SHA512": Sha512Key,
}
PRIV = {"DES": DesKey, "AES": Aes128Key, "AES192": Aes192Key, "AES256": Aes256Key}
#: The library keeps the engine's time of the discovery; the window of a device is 150 s.
V3_SECONDS = 100.0
VERSIONS = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c, "3": SnmpVersion.v3}


@lru_cache(maxsize=1000)
def master_key(protocol: str, password: str) -> bytes:
    """Return the key of a password: a megabyte of hashing, so it is done once per password."""
    return AUTH[protocol].get_master_key(password.encode())


def make_user(usm: Usm | None) -> User:
    """Return the user of the library.

    :raise SnmpAuthFailed: the credentials are not complete.
    """
    usm = check_usm(usm)
    auth = priv = None
    if usm.auth:
        auth = AUTH[usm.auth](master_key(usm.auth, usm.auth_key), KeyType.Master)
    if usm.priv:
        priv = PRIV[usm.priv](master_key(usm.auth, usm.priv_key), KeyType.Master)
    return User(usm.user, auth_key=auth, priv_key=priv)


def make_session(target: Target) -> SnmpSession:
    """Open a session; one of SNMPv3 has still to discover the engine (``refresh``).

    :raise SnmpError: unknown version, bad credentials, or an address that cannot be reached.
    """
    if target.version not in VERSIONS:
        raise SnmpBadReply("version not supported")
    user = make_user(target.usm) if target.version == "3" else None
    try:
        return SnmpSession(
            target.host,
            port=target.port,
            community=target.community,
            version=VERSIONS[target.version],
            user=user,
            timeout=target.timeout,
        )
    except OSError as error:
        raise SnmpTimeout(type(error).__name__) from error
    except Exception as error:
        raise SnmpBadReply(type(error).__name__) from error


class SnmpUnreadable(SnmpTimeout):
    """An engine says who it is, and is silent once it is asked in cipher."""


class Sessions:
    """The open sessions of a backend, one per target."""

    def __init__(self) -> None:
        self._open: dict[Target, tuple[SnmpSession, float]] = {}

    async def open(self, target: Target) -> SnmpSession:
        """Return a session that may be used.

        :raise SnmpError: the engine did not answer, or refused the user or the password.
        """
        session, until = self._open.get(target, (None, 0.0))
        if session and time.monotonic() < until:
            return session
        session = make_session(target)
        if target.version != "3":
            self._open[target] = session, float("inf")
            return session
        try:
            await guarded(self._discover(session), 2 * target.timeout + 0.5)
        except SnmpTimeout:
            if session.get_engine_id():
                raise SnmpUnreadable("no answer to what is encrypted: privacy password?") from None
            raise
        self._open[target] = session, time.monotonic() + V3_SECONDS
        return session

    @staticmethod
    async def _discover(session: SnmpSession) -> None:
        try:
            await session.refresh()
        except SnmpAuthError as error:
            raise SnmpAuthFailed("unknown user, or wrong password or protocol") from error

    def has(self, target: Target) -> bool:
        """Tell whether a session is kept that worked before."""
        return target in self._open

    def stale(self, target: Target) -> None:
        """Forget the session of a v3 engine that does not answer: it may have restarted."""
        if target.version == "3":
            self._open.pop(target, None)

    def drop(self, target: Target) -> None:
        """Forget one session; its socket closes with it."""
        self._open.pop(target, None)

    def clear(self) -> None:
        """Forget every session; sockets close with them."""
        self._open.clear()
