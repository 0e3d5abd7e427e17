"""Access concentrators, lines and thirty days of traffic through the collector's own ingestion."""

from __future__ import annotations

import datetime

from tests.simulators.snmp import model

from . import outside, scenario

DAYS = 30
SEED = 7
DEVICES = ("torre-norte", "torre-sur")
NAMES = {"torre-norte": "Torre norte", "torre-sur": "Torre sur"}
WITHOUT_LINE = ("draft", "to_install", "cancelled")


def devices(env):
    """The two concentrators of the simulator."""
    made = {}
    for community in DEVICES:
        made[community] = env["isp.device"].create(
            {
                "name": NAMES[community],
                "host": "127.0.0.1",
                "port": snmp_port(),
                "community": community,
                "uplink_mbps": 1000,
            }
        )
    return made


def snmp_port() -> int:
    """UDP port of the SNMP simulator: the same number as its control interface."""
    return int(outside.address("snmp").rsplit(":", 1)[1])


def connect(env) -> None:
    """Point the devices at the simulator; who is cut off has no traffic there."""
    env["isp.device"].search([("host", "=", "127.0.0.1")]).write({"port": snmp_port()})
    off = [("subscription_id.state", "in", ("suspended", "paused"))]
    for interface in env["isp.interface"].search(off):
        outside.control("snmp", "rate", {"user": interface.key, "down_mbps": 0, "up_mbps": 0})


def assign(customers, count: int) -> dict[int, model.Line]:
    """A simulated line for each served customer, of his plan's speed where one is left."""
    free = model.default_lines(count, SEED)
    speeds = {key: down for key, _name, _price, down, _up in scenario.PLANS}
    chosen = {}
    for customer in customers:
        if customer.ending in WITHOUT_LINE or not free:
            continue
        line = min(free, key=lambda line: (abs(line.down_mbps - speeds[customer.plan]), line.user))
        free.remove(line)
        chosen[customer.index] = line
    return chosen


def build(env, history) -> None:
    """Lines of the subscriptions, and their past with gaps, peaks and a counter reset."""
    made = devices(env)
    lines = history.lines = assign(history.customers, scenario.CUSTOMERS)
    for index, line in lines.items():
        env["isp.interface"].create(
            {
                "device_id": made[line.device].id,
                "source": "mt_ppp",
                "key": line.user,
                "subscription_id": history.rows[index].id,
            }
        )
    env.cr.commit()
    now = datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0)
    start = now - datetime.timedelta(DAYS)
    for name, device in made.items():
        mine = [
            line for line in model.default_lines(scenario.CUSTOMERS, SEED) if line.device == name
        ]
        polls = model.history(mine, start, now, gaps=gaps(name, now))
        silent = without_service(history, lines)
        device._ingest_polls((poll.ts, poll.uptime, rows_of(poll, silent)) for poll in polls)
        env.cr.commit()


def without_service(history, lines) -> dict[str, datetime.datetime]:
    """Since when (aware) the interfaces of suspended and paused customers carry nothing."""
    return {
        line.name: history.rows[index].state_since.replace(tzinfo=datetime.UTC)
        for index, line in lines.items()
        if history.rows[index].state in ("suspended", "paused")
    }


def rows_of(poll: model.Poll, silent: dict[str, datetime.datetime]) -> dict:
    """The interfaces that were there at the moment of the poll."""
    return {
        name: row for name, row in poll.rows.items() if name not in silent or poll.ts < silent[name]
    }


def gaps(name: str, now: datetime.datetime):
    """When a concentrator could not be read: two days for one, an evening for the other."""
    day = datetime.timedelta(1)
    midnight = now.replace(hour=6, minute=0)  # local midnight in UTC
    if name == DEVICES[0]:
        return ((midnight - 18 * day, midnight - 16 * day),)
    return ((midnight - 9 * day, midnight - 9 * day + datetime.timedelta(hours=7)),)
