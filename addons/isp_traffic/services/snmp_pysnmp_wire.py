"""Requests through pysnmp: the light dispatcher for v1 and v2c, engines for v3."""

import asyncio
import logging
from collections.abc import Sequence

from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.hlapi.v1arch import asyncio as light
from pysnmp.hlapi.v3arch import asyncio as full
from pysnmp.hlapi.v3arch.asyncio import auth as usm_auth
from pysnmp.hlapi.v3arch.asyncio.lcd import CommandGeneratorLcdConfigurator
from pysnmp.proto import rfc1902

from .snmp_api import Oid, SnmpBadReply, Target, check_usm
from .snmp_guard import guarded
from .snmp_pysnmp_ciphers import ensure_ciphers

_logger = logging.getLogger(__name__)

MP_MODELS = {"1": 0, "2c": 1}
#: Adding a target to an engine takes time in proportion to those it has.
TARGETS_PER_ENGINE = 100
AUTH = {
    "": usm_auth.USM_AUTH_NONE,
    "MD5": usm_auth.USM_AUTH_HMAC96_MD5,
    "SHA": usm_auth.USM_AUTH_HMAC96_SHA,
    "SHA224": usm_auth.USM_AUTH_HMAC128_SHA224,
    "SHA256": usm_auth.USM_AUTH_HMAC192_SHA256,
    "SHA384": usm_auth.USM_AUTH_HMAC256_SHA384,
    "SHA512": usm_auth.USM_AUTH_HMAC384_SHA512,
}
PRIV = {
    "": usm_auth.USM_PRIV_NONE,
    "DES": usm_auth.USM_PRIV_CBC56_DES,
    "AES": usm_auth.USM_PRIV_CFB128_AES,
    "AES192": usm_auth.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES256": usm_auth.USM_PRIV_CFB256_AES_BLUMENTHAL,
}


def user_data(target: Target) -> full.UsmUserData:
    """Return the user of the library.

    :raise SnmpAuthFailed: the credentials are not complete.
    """
    usm = check_usm(target.usm)
    return full.UsmUserData(
        usm.user,
        authKey=usm.auth_key.encode() if usm.auth else None,
        privKey=usm.priv_key.encode() if usm.priv else None,
        authProtocol=AUTH[usm.auth],
        privProtocol=PRIV[usm.priv],
    )


class Light:
    """v1 and v2c: one dispatcher for all devices."""

    def __init__(self) -> None:
        self._dispatcher = light.SnmpDispatcher()
        self._transports: dict[Target, light.UdpTransportTarget] = {}

    async def ask(self, target: Target, kind: str, numbers: tuple, oids: Sequence[Oid]) -> tuple:
        """Send one request; return (indication, status, index, varbinds)."""
        if target not in self._transports:
            self._transports[target] = await _transport(light, target)
        auth = light.CommunityData(target.community, mpModel=MP_MODELS[target.version])
        command = getattr(light, f"{kind}_cmd")
        return await command(
            self._dispatcher,
            auth,
            self._transports[target],
            *numbers,
            *_asked(oids),
            lookupMib=False,
        )

    def close(self) -> None:
        """Release the socket."""
        self._dispatcher.close()


GENERATORS = {
    "get": cmdgen.GetCommandGenerator,
    "next": cmdgen.NextCommandGeneratorSingleRun,
    "bulk": cmdgen.BulkCommandGeneratorSingleRun,
}


class Full:
    """v3: long-lived engines with few targets each, of one user.

    The requests go round the library's own high level, which looks every name up in a MIB.
    """

    def __init__(self) -> None:
        ensure_ciphers()
        self._engines: list[tuple[object, full.SnmpEngine, set[Target]]] = []
        self._closing: list[full.SnmpEngine] = []
        self._known: dict[Target, tuple] = {}
        self._configure = CommandGeneratorLcdConfigurator().configure

    async def ask(self, target: Target, kind: str, numbers: tuple, oids: Sequence[Oid]) -> tuple:
        """Send one request; return (indication, status, index, varbinds)."""
        if target not in self._known:
            user, transport = user_data(target), await _transport(full, target)
            self._known[target] = self._engine(target), user, transport
        engine, user, transport = self._known[target]
        address, _parameters = self._configure(engine, user, transport)
        future = asyncio.get_running_loop().create_future()
        arguments = (None, b"", *numbers, _asked(oids), self._done, future)
        GENERATORS[kind]().send_varbinds(engine, address, *arguments)
        return await future

    @staticmethod
    def _done(_engine, _handle, indication, status, index, found, future) -> None:
        if not future.done():
            future.set_result((indication, status or 0, index or 0, found or []))

    def forget(self, target: Target) -> None:
        """Give a device that was silent a new engine: the old one never notices its restart."""
        known = self._known.pop(target, None)
        if known:
            self._closing.append(known[0])
            self._engines = [entry for entry in self._engines if entry[1] is not known[0]]

    def _engine(self, target: Target) -> full.SnmpEngine:
        for usm, engine, targets in self._engines:
            # An engine knows a user by its name only: one engine never serves two passwords.
            if usm == target.usm and len(targets) < TARGETS_PER_ENGINE:
                targets.add(target)
                return engine
        engine = full.SnmpEngine()
        self._engines.append((target.usm, engine, {target}))
        return engine

    def close(self) -> None:
        """Release the sockets."""
        engines = {id(e): e for e in (*self._closing, *(entry[1] for entry in self._engines))}
        for engine in engines.values():
            engine.close_dispatcher()


async def _transport(module, target: Target):
    return await guarded(
        module.UdpTransportTarget.create(
            (target.host, target.port), timeout=target.timeout, retries=target.retries
        ),
        target.timeout + 1,
    )


def _asked(oids: Sequence[Oid]) -> list[tuple]:
    return [(rfc1902.ObjectName(oid), rfc1902.Null("")) for oid in oids]


def _stumbled(_loop: asyncio.AbstractEventLoop, context: dict) -> None:
    """Note where the library fell over a malformed reply: the request itself runs into its time."""
    _logger.debug("pysnmp: %s", context.get("exception") or context.get("message"))


class Wire:
    """Chooses between the two by the version of the target."""

    def __init__(self) -> None:
        self._parts: dict[type, Light | Full] = {}

    async def ask(self, target: Target, kind: str, numbers: tuple, oids: Sequence[Oid]) -> tuple:
        """Send one request; return (indication, status, index, varbinds).

        :raise SnmpBadReply: there is no such version.
        """
        if target.version not in (*MP_MODELS, "3"):
            raise SnmpBadReply("version not supported")
        if not self._parts:
            asyncio.get_running_loop().set_exception_handler(_stumbled)
        part = Full if target.version == "3" else Light
        if part not in self._parts:
            self._parts[part] = part()
        return await self._parts[part].ask(target, kind, numbers, oids)

    def forget(self, target: Target) -> None:
        """Note that a device was silent."""
        if target.version == "3" and Full in self._parts:
            self._parts[Full].forget(target)

    def close(self) -> None:
        """Release every socket."""
        for part in self._parts.values():
            part.close()
        self._parts.clear()
