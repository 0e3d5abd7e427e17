"""What both adapters share: one request in flight per device, sizes, and the probe."""

import asyncio

from .snmp_api import SYS_OBJECT_ID, SYS_UPTIME, Oid, Probe, SnmpBadReply, Target, Value, is_uptime
from .snmp_size import SizeBook


class BaseBackend:
    """Common part of the adapters; the library is behind ``get`` and ``walk``."""

    def __init__(self) -> None:
        self._locks: dict[Target, asyncio.Lock] = {}
        self.sizes = SizeBook()

    async def probe(self, target: Target) -> Probe:
        """See :class:`SnmpBackend`."""
        answer = await self.get(target, [SYS_UPTIME, SYS_OBJECT_ID])
        uptime, object_id = answer[SYS_UPTIME], answer[SYS_OBJECT_ID]
        if not is_uptime(uptime):
            raise SnmpBadReply("no sysUpTime")
        return Probe(uptime, object_id if isinstance(object_id, str) else "")

    async def get(self, target: Target, oids: list[Oid]) -> dict[Oid, Value]:
        """See :class:`SnmpBackend`."""
        raise NotImplementedError

    def release(self, target: Target) -> None:
        """See :class:`SnmpBackend`. Who shares its sockets keeps them."""
        self._locks.pop(target, None)

    def _lock(self, target: Target) -> asyncio.Lock:
        return self._locks.setdefault(target, asyncio.Lock())
