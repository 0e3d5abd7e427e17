"""What can be measured on a device: columns, counter width and direction of each source."""

import re
from dataclasses import dataclass

from .snmp_api import SYS_OBJECT_ID, SYS_UPTIME, Oid, parse_oid

__all__ = ["SOURCES", "SYS_NAME", "SYS_OBJECT_ID", "SYS_UPTIME", "Source"]
SYS_NAME = parse_oid("1.3.6.1.2.1.1.5.0")


@dataclass(frozen=True, slots=True)
class Source:
    """One table to take counters from.

    `session` means that a new index is a new session whose counters started at zero;
    `in_is_upload` tells the direction as seen by the customer.
    """

    code: str
    name: Oid
    octets_in: Oid
    octets_out: Oid
    bits: int = 64
    session: bool = False
    in_is_upload: bool = True

    def matches(self, key: str, name: str) -> bool:
        """Tell whether a name read from the device belongs to the key of a line."""
        if name == key:
            return True
        if not self.session:
            return False
        return bool(re.fullmatch(rf"<pppoe-{re.escape(key)}(-\d+)?>", name))

    def names(self, key: str) -> tuple[str, ...]:
        """Return the usual names for a key, to look it up without comparing every row."""
        return (key, f"<pppoe-{key}>") if self.session else (key,)


IF_NAME = parse_oid("1.3.6.1.2.1.31.1.1.1.1")
IF_DESCR = parse_oid("1.3.6.1.2.1.2.2.1.2")
IF_HC_IN = parse_oid("1.3.6.1.2.1.31.1.1.1.6")
IF_HC_OUT = parse_oid("1.3.6.1.2.1.31.1.1.1.10")

SOURCES = {
    source.code: source
    for source in (
        Source("mt_ppp", IF_NAME, IF_HC_IN, IF_HC_OUT, session=True),
        Source("if_hc", IF_NAME, IF_HC_IN, IF_HC_OUT),
        Source(
            "if_32",
            IF_DESCR,
            parse_oid("1.3.6.1.2.1.2.2.1.10"),
            parse_oid("1.3.6.1.2.1.2.2.1.16"),
            bits=32,
        ),
        Source(
            "mt_queue",
            parse_oid("1.3.6.1.4.1.14988.1.1.2.1.1.2"),
            parse_oid("1.3.6.1.4.1.14988.1.1.2.1.1.8"),
            parse_oid("1.3.6.1.4.1.14988.1.1.2.1.1.9"),
        ),
    )
}
