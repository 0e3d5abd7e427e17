"""The tables of measured traffic: plain SQL, created and dropped by the addon.

Every function takes a psycopg-like cursor and neither commits nor rolls back.
"""

from datetime import UTC, date, datetime, timedelta

# PostgreSQL takes no parameters for names of tables; ours are constants and dates.
# pylint: disable=sql-injection

SAMPLE = "isp_traffic_sample"
LOCK_PARTITIONS = 1_768_972_311  # advisory lock of who makes partitions
TABLES = (
    SAMPLE,
    "isp_traffic_hour",
    "isp_traffic_day",
    "isp_traffic_state",
    "isp_traffic_watch",
    "isp_traffic_live",
    "isp_traffic_guard",
    "isp_traffic_lease",
    "isp_traffic_holder",
    "isp_traffic_rolled",
)

# What older versions made otherwise. Hours and days without a measured second have no octets.
UPGRADE = """
DROP TABLE IF EXISTS isp_traffic_worker;
ALTER TABLE isp_traffic_guard ALTER COLUMN dead_until DROP NOT NULL,
    ADD COLUMN IF NOT EXISTS asked timestamptz;
""" + "".join(
    f"ALTER TABLE isp_traffic_{table} ALTER COLUMN {column} DROP NOT NULL;"
    for table in ("hour", "day")
    for column in ("down_b", "up_b", "max_down_bps", "max_up_bps")
)

# Octets of a sample are those of the `secs` seconds that end at `ts`, as the customer sees them.
DDL = """
CREATE TABLE IF NOT EXISTS isp_traffic_sample (
    line_id int4 NOT NULL, ts timestamptz NOT NULL,
    down_b int8, up_b int8, secs int4 NOT NULL, flags int2 NOT NULL DEFAULT 0
) PARTITION BY RANGE (ts);
CREATE UNIQUE INDEX IF NOT EXISTS isp_traffic_sample_line_ts
    ON isp_traffic_sample (line_id, ts) INCLUDE (down_b, up_b, secs, flags);
CREATE TABLE IF NOT EXISTS isp_traffic_sample_default PARTITION OF isp_traffic_sample DEFAULT;
CREATE TABLE IF NOT EXISTS isp_traffic_hour (
    line_id int4 NOT NULL, hour timestamptz NOT NULL,
    down_b int8, up_b int8,
    late_down_b int8 NOT NULL, late_up_b int8 NOT NULL,
    max_down_bps int8, max_up_bps int8,
    secs int4 NOT NULL, n int4 NOT NULL,
    PRIMARY KEY (line_id, hour)
);
CREATE INDEX IF NOT EXISTS isp_traffic_hour_hour ON isp_traffic_hour (hour);
CREATE TABLE IF NOT EXISTS isp_traffic_day (
    line_id int4 NOT NULL, day date NOT NULL,
    down_b int8, up_b int8,
    late_down_b int8 NOT NULL, late_up_b int8 NOT NULL,
    max_down_bps int8, max_up_bps int8,
    secs int4 NOT NULL, n int4 NOT NULL,
    id int8 GENERATED ALWAYS AS (line_id::int8 * 100000 + (day - DATE '2000-01-01')) STORED,
    down_gb float8 GENERATED ALWAYS AS (down_b / 1e9::float8) STORED,
    up_gb float8 GENERATED ALWAYS AS (up_b / 1e9::float8) STORED,
    late_gb float8 GENERATED ALWAYS AS ((late_down_b + late_up_b) / 1e9::float8) STORED,
    max_down_mbps float8 GENERATED ALWAYS AS (max_down_bps / 1e6::float8) STORED,
    max_up_mbps float8 GENERATED ALWAYS AS (max_up_bps / 1e6::float8) STORED,
    hours float8 GENERATED ALWAYS AS (secs / 3600.0::float8) STORED,
    PRIMARY KEY (line_id, day)
);
CREATE UNIQUE INDEX IF NOT EXISTS isp_traffic_day_id ON isp_traffic_day (id);
CREATE TABLE IF NOT EXISTS isp_traffic_state (
    line_id int4 PRIMARY KEY, ts timestamptz NOT NULL, uptime int8, index text NOT NULL,
    octets_in numeric(20) NOT NULL, octets_out numeric(20) NOT NULL, discontinuity int8
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS isp_traffic_watch (
    line_id int4 PRIMARY KEY, expires timestamptz NOT NULL
);
CREATE UNLOGGED TABLE IF NOT EXISTS isp_traffic_live (
    line_id int4 NOT NULL, ts timestamptz NOT NULL, down_bps int8, up_bps int8,
    uptime int8, index text, octets_in numeric(20), octets_out numeric(20),
    PRIMARY KEY (line_id, ts)
);
CREATE TABLE IF NOT EXISTS isp_traffic_guard (
    device_id int4 PRIMARY KEY, dead_until timestamptz, asked timestamptz
);
CREATE TABLE IF NOT EXISTS isp_traffic_lease (
    device_id int4 PRIMARY KEY, holder text NOT NULL, expires timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS isp_traffic_holder (
    holder text PRIMARY KEY, beat timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS isp_traffic_rolled (
    one bool PRIMARY KEY DEFAULT true CHECK (one), until timestamptz NOT NULL
);
"""


def create_tables(cr) -> None:
    """Create what is missing; harmless when everything exists."""
    cr.execute(DDL)
    cr.execute(UPGRADE)


def drop_tables(cr) -> None:
    """Drop every table with all its partitions."""
    for table in TABLES:
        cr.execute(f"DROP TABLE IF EXISTS {table} CASCADE")


def partition_name(day: date) -> str:
    """Return the name of the partition of a UTC day."""
    return f"{SAMPLE}_p{day:%Y%m%d}"


def ensure_partitions(cr, first: float, last: float) -> list[str]:
    """Create the partitions of every UTC day between two moments (seconds since the epoch)."""
    day = datetime.fromtimestamp(first, UTC).date()
    end = datetime.fromtimestamp(last, UTC).date()
    known, created = set(partitions(cr)), []
    while day <= end:
        if day not in known:
            _create_partition(cr, day)
            created.append(partition_name(day))
        day += timedelta(days=1)
    return created


def _create_partition(cr, day: date) -> None:
    """Create one partition; rows that fell into the DEFAULT one meanwhile move over.

    Collectors that meet at midnight wait for one another; the second finds it made.
    """
    cr.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK_PARTITIONS,))
    name, following = partition_name(day), day + timedelta(days=1)
    start, end = f"{day} 00:00:00+00", f"{following} 00:00:00+00"
    cr.execute(
        "SELECT 1 FROM isp_traffic_sample_default WHERE ts >= %s AND ts < %s LIMIT 1", (start, end)
    )
    stray = cr.fetchone()
    if stray:
        cr.execute(
            f"CREATE TEMP TABLE {name}_move ON COMMIT DROP AS"
            " SELECT * FROM isp_traffic_sample_default WHERE ts >= %s AND ts < %s",
            (start, end),
        )
        cr.execute(
            "DELETE FROM isp_traffic_sample_default WHERE ts >= %s AND ts < %s", (start, end)
        )
    cr.execute(
        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF isp_traffic_sample"
        " FOR VALUES FROM (%s) TO (%s)",
        (start, end),
    )
    if stray:
        cr.execute(f"INSERT INTO {name} SELECT * FROM {name}_move")
        cr.execute(f"DROP TABLE {name}_move")


def partitions(cr) -> list[date]:
    """Return the UTC days that have a partition, oldest first."""
    cr.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'isp_traffic_sample'::regclass"
    )
    prefix = f"{SAMPLE}_p"
    names = [row[0] for row in cr.fetchall() if row[0].startswith(prefix)]
    return sorted(datetime.strptime(name[len(prefix) :], "%Y%m%d").date() for name in names)


def drop_partitions(cr, before: date) -> list[str]:
    """Drop whole days older than a UTC date; return the names of what went."""
    old = [partition_name(day) for day in partitions(cr) if day < before]
    for name in old:
        cr.execute(f"DROP TABLE {name}")
    return old


def default_rows(cr) -> int:
    """Return how many samples lie in the DEFAULT partition; more than none is an alarm."""
    cr.execute("SELECT count(*) FROM isp_traffic_sample_default")
    return cr.fetchone()[0]
