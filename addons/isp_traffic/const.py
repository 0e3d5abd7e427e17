DEFAULT_ZONE = "America/Mexico_City"
DEFAULT_INTERVAL = 300  # seconds

DEVICE_STATES = [
    ("new", "Not polled yet"),
    ("up", "Up"),
    ("slow", "Slow"),
    ("down", "Down"),
    ("auth", "Wrong credentials"),
    ("bad", "Bad replies"),
]
LINE_STATUSES = [
    ("new", "Not polled yet"),
    ("ok", "Measured"),
    ("not_found", "Not found on the device"),
    ("ambiguous", "Found twice"),
    ("no_counter", "Without counters"),
    ("duplicate", "Measured by another line"),
    ("device_down", "Device down"),
]
#: Statuses somebody must do something about.
LINE_TROUBLE = ("not_found", "ambiguous", "no_counter", "duplicate")
LINE_SOURCES = [
    ("mt_ppp", "MikroTik PPPoE session"),
    ("mt_ppp_stats", "MikroTik PPPoE session, large routers (interface statistics)"),
    ("mt_queue", "MikroTik simple queue"),
    ("mt_ifstats", "MikroTik interface statistics, by name"),
    ("if_hc", "Interface by name (ifName), 64 bits"),
    ("if_alias", "Interface by comment (ifAlias), 64 bits"),
    ("if_descr", "Interface by description (ifDescr), 64 bits"),
    ("if_index", "Interface by index, 64 bits"),
    ("if_32", "Interface by description (ifDescr), 32 bits"),
    ("airmax", "Ubiquiti airMAX radio of the customer, 32 bits"),
    ("onu_huawei", "Huawei ONU by serial number"),
    ("onu_huawei_descr", "Huawei ONU by description"),
    ("onu_zte", "ZTE ONU by shelf/slot/port:onu"),
    ("pon_vsol", "VSOL PON port by index"),
    ("custom_oid", "Own OIDs of the device"),
]

SILENT_STATES = ("down", "auth")
MIN_FAILURES = 2  # silent polls in a row before a device is taken for out
BACKOFF_CYCLES = (1, 2, 4, 8, 12)
LEASE_MARGIN = 10.0  # seconds a lease outlives the deadline of its cycle, to store what was read
CYCLE_SECONDS = 90  # below the time limit of scheduled actions
EARLY = 0.1  # share of the interval a device may be polled before its time
KEEP_CYCLES_DAYS = 14
ROLL_SECONDS = 900  # seconds between two roll-ups of a collector that keeps its devices in memory
