"""Who polls which device when several collectors share the work. Pure."""

from collections.abc import Iterable
from hashlib import blake2b


def _weight(holder: str, device_id: int) -> bytes:
    return blake2b(f"{holder}:{device_id}".encode(), digest_size=8).digest()


def owner(device_id: int, holders: Iterable[str]) -> str:
    """Return the collector a device belongs to: the highest weight of all.

    When a collector comes or goes, only the devices it gets or had change hands.
    """
    return max(holders, key=lambda holder: _weight(holder, device_id))


def share(device_ids: Iterable[int], me: str, holders: Iterable[str]) -> list[int]:
    """Return the devices that belong to one collector; it need not be among the holders."""
    everybody = sorted({me, *holders})
    if len(everybody) == 1:
        return list(device_ids)
    return [device_id for device_id in device_ids if owner(device_id, everybody) == me]
