"""The devices a collector keeps in memory, and whether what it knows of them is still true."""

from collections.abc import Iterable, Mapping

from . import snmp_burst as burst
from .fleet import Measured, Node
from .poller import AUTH, DEVICE_DOWN, DOWN, OK, SLOW, UP, DeviceResult

#: How a route ends, as the state of a device; the others are asked again by a library.
STATES = {burst.OK: UP, burst.SILENT: DOWN, burst.AUTH: AUTH, burst.LATE: SLOW}

# Everything that the requests and the arithmetic of a device depend on. Names of columns are ours.
SIGNATURES = """
SELECT d.id, hashtextextended(concat_ws('|', d.host, d.port, d.snmp_version, d.community, d.backend,
            d.timeout, d.retries, d.max_size, d.company_id, d.v3_user, d.v3_auth_protocol,
            d.v3_auth_key, d.v3_priv_protocol, d.v3_priv_key, d.state), 0)::numeric
       + coalesce(sum(hashtextextended(concat_ws('|', i.id, i.source, i.key, i.invert,
            i.physical_mbps, i.status = 'ok', p.isp_down_mbps, p.isp_up_mbps, s.index), 0)), 0)
  FROM isp_device d
  LEFT JOIN isp_interface i ON i.device_id = d.id AND i.active
  LEFT JOIN isp_subscription b ON b.id = i.subscription_id
  LEFT JOIN product_template p ON p.id = b.plan_id
  LEFT JOIN isp_traffic_state s ON s.line_id = i.id
 WHERE d.id = ANY(%s)
 GROUP BY d.id
"""


def signatures(cr, device_ids: Iterable[int]) -> dict[int, int]:
    """Return for each device a number that changes with whatever a node is made of."""
    cr.execute(SIGNATURES, (list(device_ids),))
    return {device_id: int(number) for device_id, number in cr.fetchall()}


class Fleet:
    """Nodes by device, and the sockets they are asked through."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.rolled = 0.0  # when somebody last rolled up everything, seconds since the epoch
        self._known: dict[int, int] = {}
        self._burst: burst.Burst | None = None

    def outdated(self, found: Mapping[int, int]) -> list[int]:
        """Return the devices whose node must be made anew, for these signatures."""
        return [device for device, number in found.items() if self._known.get(device) != number]

    def put(self, node: Node, signature: int) -> None:
        """Keep a node that was made of what the signature stands for."""
        self.nodes[node.device_id], self._known[node.device_id] = node, signature

    def forget(self, device_ids: Iterable[int]) -> None:
        """Read devices again before they are asked the next time."""
        for device_id in device_ids:
            self._known.pop(device_id, None)

    def poll(self, suspects: Mapping[int, bool], seconds: float) -> list[burst.Route]:
        """Ask the devices that can be asked the fast way; `suspects` tells who was silent."""
        nodes = [self.nodes[device] for device in suspects if device in self.nodes]
        routes = [
            node.route(suspects[node.device_id]) for node in nodes if node.peer and node.blocks
        ]
        if routes:
            if self._burst is None:
                self._burst = burst.Burst()
            self._burst.run(routes, seconds)
        return routes

    def close(self) -> None:
        """Release the sockets."""
        if self._burst:
            self._burst.close()
            self._burst = None


def judge(route: burst.Route) -> tuple[DeviceResult, Measured]:
    """Return what a route says of its device, and what was measured.

    The result has the statuses of lines only when there is no answer; otherwise every line that is
    not in `lost` or `missing` is measured.
    """
    node: Node = route.tag
    result = DeviceResult(node.device_id, STATES[route.state], route.error, route.uptime)
    result.backend, result.seconds = "direct", route.seconds
    if route.state == burst.OK:
        return result, node.measure(route)
    if route.state in (burst.SILENT, burst.AUTH):
        jobs = [job for block in node.blocks for job in block.jobs] + node.missing
        result.statuses = {job.line_id: DEVICE_DOWN for job in jobs}
    return result, Measured()


def measured_statuses(node: Node, measured: Measured) -> dict[int, str]:
    """Return "ok" for every line that was read."""
    lost = {job.line_id for job in measured.lost}
    ids = (line_id for block in node.blocks for line_id in block.ids)
    return {line_id: OK for line_id in ids if line_id not in lost}
