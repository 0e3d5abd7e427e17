"""What can be measured on a device: columns, counter width and direction of each source."""

import re
from collections.abc import Callable, Container
from dataclasses import dataclass

from .snmp_api import SYS_OBJECT_ID, SYS_UPTIME, Oid, Value, format_oid, parse_oid

__all__ = ["SOURCES", "SYS_NAME", "SYS_OBJECT_ID", "SYS_UPTIME", "Source"]
SYS_NAME = parse_oid("1.3.6.1.2.1.1.5.0")
PADDING = "\x00 \t\r\n\xa0"


def as_text(value: Value | str) -> str:
    """Return a name as text, without the blanks and zeros that devices pad names with.

    What is not UTF-8 is Latin-1: Winbox writes comments in the code page of Windows. A zero inside
    is written out, since PostgreSQL stores none.
    """
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            value = value.decode("latin-1")
    text = "" if value is None else str(value)
    return text.strip(PADDING).replace("\x00", "\\x00")


def serial_text(value: Value | str) -> str:
    """Return the serial number of an ONU the way it is printed on it: ``HWTC1A2B3C4D``.

    Accepts the 8 octets of the device, 16 hexadecimal digits with or without colons, and the
    printed form with or without a dash.
    """
    if isinstance(value, bytes) and len(value) == 8:
        return value[:4].decode("ascii", "backslashreplace") + value[4:].hex().upper()
    text = re.sub(r"[\s:.-]", "", as_text(value)).upper()
    if re.fullmatch(r"[0-9A-F]{16}", text):
        return serial_text(bytes.fromhex(text))
    return text


def zte_index(key: str) -> str:
    """Return the index of an ONU of a ZTE OLT.

    ``gpon-onu_1/3/1:5`` (shelf/slot/port:onu; newer ones write ``gpon_onu-1/3/1:5``) is
    0x11010301.5; an index stays as it is.
    """
    found = re.fullmatch(r"(?:[a-z]+[-_]onu[-_])?(\d+)/(\d+)/(\d+):(\d+)", key.strip().lower())
    if not found:
        return plain_index(key)
    shelf, slot, port, onu = (int(part) for part in found.groups())
    if max(shelf, slot, port) > 255:
        return ""
    return f"{0x11 << 24 | shelf << 16 | slot << 8 | port}.{onu}"


def plain_index(key: str) -> str:
    """Return the key when it is an index, else nothing; ``08`` is 8, so that one row has one."""
    text = key.strip().strip(".")
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10}){0,15}", text):
        return ""
    return format_oid(parse_oid(text))


@dataclass(frozen=True, slots=True)
class Source:
    """One table to take counters from.

    `session` means that a new index is a new session whose counters started at zero;
    `in_is_upload` tells the direction as seen by the customer. `name` is the column that carries
    the key; without one the key is the index, and `index_of` says how. `rate` means that the
    device gives octets per second instead of a counter. `text` writes names and keys alike.
    """

    code: str
    name: Oid | None
    octets_in: Oid
    octets_out: Oid
    bits: int = 64
    session: bool = False
    in_is_upload: bool = True
    rate: bool = False
    text: Callable[[Value | str], str] = as_text
    index_of: Callable[[str], str] | None = None

    @property
    def discontinuity(self) -> Oid | None:
        """Return the column that tells when counters were broken; only interfaces have one."""
        return IF_DISCONTINUITY if self.octets_in in (IF_IN, IF_HC_IN) else None

    def matches(self, key: str, name: str, others: Container[str] = ()) -> bool:
        """Tell whether a name read from the device belongs to the key of a line.

        :param others: keys of other lines: ``<pppoe-ana-1>`` may be a second session of ``ana``,
            but not where there is a user ``ana-1``
        """
        if name == self.text(key):
            return True
        if not self.session:
            return False
        found = re.fullmatch(rf"<pppoe-({re.escape(key)}(?:-\d+)?)>", name)
        return bool(found) and found[1] not in others

    def names(self, key: str) -> tuple[str, ...]:
        """Return the usual names for a key, to look it up without comparing every row."""
        return (key, f"<pppoe-{key}>") if self.session else (self.text(key),)

    def clean_key(self, key: str) -> str:
        """Return a key the way it is stored, so that one thing has one key."""
        text = self.text(key)
        found = re.fullmatch(r"<pppoe-(.+)>", text) if self.session else None
        return found[1] if found else text


IF_DESCR = parse_oid("1.3.6.1.2.1.2.2.1.2")
IF_IN = parse_oid("1.3.6.1.2.1.2.2.1.10")
IF_OUT = parse_oid("1.3.6.1.2.1.2.2.1.16")
IF_NAME = parse_oid("1.3.6.1.2.1.31.1.1.1.1")
IF_HC_IN = parse_oid("1.3.6.1.2.1.31.1.1.1.6")
IF_HC_OUT = parse_oid("1.3.6.1.2.1.31.1.1.1.10")
IF_ALIAS = parse_oid("1.3.6.1.2.1.31.1.1.1.18")
IF_DISCONTINUITY = parse_oid("1.3.6.1.2.1.31.1.1.1.19")
MT_STATS = "1.3.6.1.4.1.14988.1.1.14.1.1"
MT_STATS_NAME = parse_oid(f"{MT_STATS}.2")
# Octets as the interface counts them; .32 and .62 are packets, .11 and .13 those of the driver.
MT_STATS_RX, MT_STATS_TX = parse_oid(f"{MT_STATS}.31"), parse_oid(f"{MT_STATS}.61")
MT_QUEUE = "1.3.6.1.4.1.14988.1.1.2.1.1"
HUAWEI_ONT = "1.3.6.1.4.1.2011.6.128.1.1.2.43.1"
HUAWEI_UP = parse_oid("1.3.6.1.4.1.2011.6.128.1.1.4.23.1.3")
HUAWEI_DOWN = parse_oid("1.3.6.1.4.1.2011.6.128.1.1.4.23.1.4")
ZTE_ONU = "1.3.6.1.4.1.3902.1082.500.4.2.2.2.1"
VSOL_PON = "1.3.6.1.4.1.37950.1.1.5.10.1.2.2.1"

CUSTOM = "custom_oid"
CUSTOM_SPEC = re.compile(r"custom_oid\|([\d.]*)\|([\d.]+)\|([\d.]+)\|(32|64)\|(counter|rate)")


def custom_spec(name: str, octets_in: str, octets_out: str, bits: int, kind: str) -> str:
    """Return the code of a source a device defines itself.

    :param name: OID of the column with the names, empty when the key is the index
    :param kind: ``counter``, or ``rate`` in octets per second
    :raise ValueError: a column is no OID
    """
    columns = [format_oid(parse_oid(oid)) for oid in (octets_in, octets_out)]
    first = format_oid(parse_oid(name)) if name else ""
    return "|".join([CUSTOM, first, *columns, str(bits), kind])


class Sources(dict):
    """Sources by code; the code of a custom source says what it is made of."""

    def __missing__(self, code: str) -> Source:
        found = CUSTOM_SPEC.fullmatch(code)
        if not found:
            raise KeyError(code)
        name, octets_in, octets_out, bits, kind = found.groups()
        self[code] = Source(
            code,
            parse_oid(name) if name else None,
            parse_oid(octets_in),
            parse_oid(octets_out),
            bits=int(bits),
            rate=kind == "rate",
            index_of=None if name else plain_index,
        )
        return self[code]


SOURCES = Sources(
    (source.code, source)
    for source in (
        Source("mt_ppp", IF_NAME, IF_HC_IN, IF_HC_OUT, session=True),
        Source("if_hc", IF_NAME, IF_HC_IN, IF_HC_OUT),
        Source("if_alias", IF_ALIAS, IF_HC_IN, IF_HC_OUT),
        Source("if_descr", IF_DESCR, IF_HC_IN, IF_HC_OUT),
        # Not every device shows the column ifIndex, which only repeats the index of its row.
        Source("if_index", None, IF_HC_IN, IF_HC_OUT, index_of=plain_index),
        Source("if_32", IF_DESCR, IF_IN, IF_OUT, bits=32),
        # At the radio of the customer: what comes in from the air is his download.
        Source("airmax", IF_DESCR, IF_IN, IF_OUT, bits=32, in_is_upload=False),
        Source("mt_ppp_stats", MT_STATS_NAME, MT_STATS_RX, MT_STATS_TX, session=True),
        Source("mt_ifstats", MT_STATS_NAME, MT_STATS_RX, MT_STATS_TX),
        Source(
            "mt_queue",
            parse_oid(f"{MT_QUEUE}.2"),
            parse_oid(f"{MT_QUEUE}.8"),
            parse_oid(f"{MT_QUEUE}.9"),
        ),
        Source(
            "onu_huawei", parse_oid(f"{HUAWEI_ONT}.3"), HUAWEI_UP, HUAWEI_DOWN, text=serial_text
        ),
        Source("onu_huawei_descr", parse_oid(f"{HUAWEI_ONT}.9"), HUAWEI_UP, HUAWEI_DOWN),
        Source(
            "onu_zte",
            None,
            parse_oid(f"{ZTE_ONU}.3"),
            parse_oid(f"{ZTE_ONU}.46"),
            rate=True,
            index_of=zte_index,
        ),
        Source(
            "pon_vsol",
            None,
            parse_oid(f"{VSOL_PON}.44"),
            parse_oid(f"{VSOL_PON}.45"),
            index_of=plain_index,
        ),
    )
)
