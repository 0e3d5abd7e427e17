import asyncio
import logging
import time
from collections import defaultdict

import psycopg2

from odoo import api, fields, models

from ..const import ROLL_SECONDS
from ..services import fleet_book, fleet_store, lease, snmp_burst, storage
from ..services.fleet import Node
from ..services.poller import BAD, DEVICE_DOWN, SLOW, UP, DeviceJob, LineJob, poll_devices

_logger = logging.getLogger(__name__)


class IspDevice(models.Model):
    """The cycle of a collector that keeps its devices in memory between two cycles.

    What is plain goes the fast way; everything else is asked and stored by the careful way of
    `_run_cycle`, in the same transaction.
    """

    _inherit = "isp.device"

    @api.model
    def _run_fast_cycle(self, fleet, deadline, interval=None, holder="", silent=None):
        """Poll every device of this collector's share that is due, once.

        :param fleet: :class:`~odoo.addons.isp_traffic.services.fleet_book.Fleet` of the process
        :param silent: as for `_run_cycle`
        :return: dict of figures, as `_run_cycle`
        """
        began = time.monotonic()
        # What others stored meanwhile is not what the octets of memory start from.
        fleet.forget(lease.taken_by_others(self.env.cr, holder, fleet.nodes))
        devices = self._lease_devices(deadline, interval, holder, silent)
        self._refresh_fleet(fleet, devices)
        suspects = {device.id: bool(device.failures) for device in devices}
        self._traffic_commit()  # nothing stays open while the network is asked
        batch = _Batch(fleet, fleet.poll(suspects, deadline))
        devices = devices.exists()  # one may have been deleted while it was asked
        lines = self._read_lines([i for i in devices.ids if i not in batch.plain])
        jobs = self._careful_jobs(batch, devices, lines)
        self._traffic_commit()
        left = max(deadline - (time.monotonic() - began), 0.1)
        batch.merge(asyncio.run(poll_devices(jobs, left)) if jobs else [], lines)
        left = deadline - (time.monotonic() - began)
        self._ask_discontinuities(batch.results.values(), lines, left)
        figures = self._store_batch(fleet, batch, lines, interval, holder)
        figures["seconds"] = time.monotonic() - began
        if devices:
            self.env["isp.traffic.cycle"].sudo().create({**figures, "holder": holder})
        self._traffic_commit()
        fleet_store.settle(batch.steps)
        fleet.forget(batch.results)  # the careful way wrote their states
        self._roll_fleet(fleet)
        return figures

    # === MEMORY === #

    def _refresh_fleet(self, fleet, devices):
        """Make the nodes anew of devices that changed, or whose lines, plans or indexes did."""
        self.env.flush_all()
        found = fleet_book.signatures(self.env.cr, devices.ids)
        outdated = self.browse(fleet.outdated(found))
        if not outdated:
            return
        lines = self._read_lines(outdated.ids)
        states = storage.load_states(self.env.cr, lines)
        by_device = defaultdict(list)
        for row in lines.values():
            by_device[row["device_id"]].append(row)
        for device in outdated:
            rows = by_device[device.id]
            node = Node(device.id, device._snmp_target())
            jobs = [LineJob.from_row(row) for row in rows]
            node.set_lines(jobs, {row["id"]: row["line"] for row in rows}, states)
            # Who counts where two lines meet is decided over all readings of the device at once.
            if any(row["status"] == "duplicate" for row in rows):
                node.peer = None
            # Two sources may meet at one counter, and what was in trouble waits for a new status.
            node.simple = (
                device.state == "up"
                and len({row["source"] for row in rows}) == 1
                and all(row["status"] == "ok" for row in rows)
            )
            node.company_id = device.company_id.id
            fleet.put(node, found[device.id])

    def _careful_jobs(self, batch, devices, lines):
        """Return what the fast way left: whole devices, or the lines that must be looked up."""
        rows = defaultdict(list)
        for row in lines.values():
            rows[row["device_id"]].append(row)
        jobs = []
        for device in devices:
            if device.id in batch.plain or device.id in batch.silent:
                continue
            wanted = batch.lookups.get(device.id)
            if wanted == []:
                continue
            # As they are now: what is kept in memory may not know the newest users.
            ids = {job.line_id for job in wanted or ()}
            found = [row for row in rows[device.id] if not ids or row["id"] in ids]
            if wanted and not found:
                continue  # they are gone
            asked = [LineJob.from_row(row) for row in found]
            retries = 0 if device.failures else None
            jobs.append(DeviceJob(device.id, device._snmp_target(retries=retries), tuple(asked)))
        return jobs

    # === STORING === #

    def _store_batch(self, fleet, batch, lines, interval, holder):
        """Write everything of one cycle, or all but the plain steps when their base has moved.

        A failure of the database is tried once more, as in `_store_results`.
        """
        try:
            with self.env.cr.savepoint():
                return self._write_batch(batch, lines, interval, holder)
        except fleet_store.StaleBase as error:
            _logger.warning("Traffic: %s, reading them again", error)
            fleet.forget({step.node.device_id for step in batch.steps})
            batch.drop_steps()
        except psycopg2.OperationalError:
            _logger.warning("Traffic could not be stored, trying once more", exc_info=True)
        with self.env.cr.savepoint():
            return self._write_batch(batch, lines, interval, holder)

    def _write_batch(self, batch, lines, interval, holder):
        # Also a device that is not plain has plain steps: one session that is gone does not keep
        # the others from being stored.
        held = lease.end(self.env.cr, holder, [*batch.plain, *batch.results])
        kept = held & batch.plain.keys()
        steps = [step for step in batch.steps if step.node.device_id in held]
        stored = fleet_store.store_steps(self.env.cr, steps)
        self._write_plain([r for i, r in batch.plain.items() if i in kept], interval)
        results = list(batch.results.values())
        for result in results:
            result.object_id = result.object_id or self.browse(result.device_id).object_id or ""
        figures = self._write_results(results, lines, interval, holder)
        figures["devices_up"] += len(kept)
        figures["lost"] += len(batch.plain) - len(kept)
        figures["readings"] += stored
        figures["samples"] += stored
        batch.steps = steps
        return figures

    def _write_plain(self, results, interval):
        """Write that devices answered as they did before: one statement for all of them."""
        now = fields.Datetime.now()
        devices = {device.id: device for device in self.sudo().browse(r.device_id for r in results)}
        rows = [
            (
                result.device_id,
                result.seconds,
                result.uptime // 100,
                devices[result.device_id]._next_poll(interval),
            )
            for result in results
        ]
        if not rows:
            return
        self.env.cr.execute(
            "UPDATE isp_device d SET last_poll = %s, last_ok = %s, failures = 0,"
            " poll_seconds = v.seconds, uptime = v.uptime, next_poll = v.next"
            " FROM unnest(%s::int4[], %s::float8[], %s::int4[], %s::timestamp[])"
            "   AS v(id, seconds, uptime, next) WHERE d.id = v.id",
            (now, now, *map(list, zip(*rows, strict=True))),
        )
        self.browse(devices).invalidate_recordset(PLAIN_FIELDS, flush=False)

    # === ROLL-UPS === #

    def _roll_fleet(self, fleet):
        """Rebuild hours and days now and then; a collector that starts does it at once."""
        if fleet.rolled and time.time() - fleet.rolled < ROLL_SECONDS:
            return
        fleet.rolled = self._roll_all(ROLL_SECONDS if fleet.rolled else 0) or fleet.rolled
        self._traffic_commit()


class _Batch:
    """What one cycle brought, sorted by the way it is stored."""

    def __init__(self, fleet, routes):
        self.steps = []
        self.plain = {}  # device id -> result: nothing but steps
        self.results = {}  # device id -> result for the careful way
        self.silent = set()
        self.lookups = {}  # device id -> lines to be looked up; all others were read
        for route in routes:
            if route.state != snmp_burst.UNFIT:
                self._take(route)

    def _take(self, route):
        node: Node = route.tag
        result, measured = fleet_book.judge(route)
        self.steps += measured.steps
        lookups = measured.lost + node.missing
        if route.state != snmp_burst.OK:
            self.silent.add(node.device_id)
            self.results[node.device_id] = result
        elif node.simple and not measured.readings and not lookups:
            self.plain[node.device_id] = result
        else:
            result.readings = measured.readings
            result.statuses = fleet_book.measured_statuses(node, measured)
            self.lookups[node.device_id] = lookups
            self.results[node.device_id] = result

    def merge(self, results, lines):
        """Take what the careful way brought for devices, or for some lines of one.

        Lines that were archived or deleted while they were asked are not among `lines`.
        """
        for result in results:
            known = self.results.get(result.device_id)
            if known is None:
                self.results[result.device_id] = result
            elif result.state == UP:
                known.readings += result.readings
                known.statuses.update(result.statuses)
                known.object_id = result.object_id
            elif known.state == UP:
                # It answered for its other lines a moment ago: it is not down.
                known.state = BAD if result.state == BAD else SLOW
                known.error = result.error
                known.readings += result.readings
                known.statuses.update(
                    {i: status for i, status in result.statuses.items() if status != DEVICE_DOWN}
                )
        for result in self.results.values():
            result.readings = [one for one in result.readings if one.line_id in lines]
            result.statuses = {i: status for i, status in result.statuses.items() if i in lines}

    def drop_steps(self):
        """Forget the plain steps: the next reading covers them."""
        self.steps = []


#: What `_write_plain` writes beside the ORM.
PLAIN_FIELDS = ["last_poll", "last_ok", "failures", "poll_seconds", "uptime", "next_poll"]
