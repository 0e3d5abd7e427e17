DEFAULT_ZONE = "America/Mexico_City"

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
    ("device_down", "Device down"),
]
LINE_SOURCES = [
    ("mt_ppp", "MikroTik PPPoE session"),
    ("if_hc", "Interface, 64-bit counters"),
    ("if_32", "Interface, 32-bit counters"),
    ("mt_queue", "MikroTik simple queue"),
]

SILENT_STATES = ("down", "auth")
BACKOFF_CYCLES = (1, 2, 4, 8, 12)
LOCK_CYCLE = 1_768_972_309  # class of the advisory lock, one per shard
CYCLE_SECONDS = 90  # below the time limit of scheduled actions
EARLY = 0.1  # share of the interval a device may be polled before its time
KEEP_CYCLES_DAYS = 14
