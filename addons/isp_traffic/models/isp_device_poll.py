import asyncio
import logging
import os
import socket
import time
from collections import defaultdict
from datetime import timedelta

import psycopg2
from psycopg2.errors import SerializationFailure

from odoo import api, fields, models, modules
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import (
    BACKOFF_CYCLES,
    CYCLE_SECONDS,
    DEFAULT_INTERVAL,
    EARLY,
    LEASE_MARGIN,
    LINE_TROUBLE,
    SILENT_STATES,
)
from ..services import lease, live, rollup, schema, share, storage
from ..services.counters import Line, spike_limit
from ..services.poller import LineJob, poll_devices
from ..services.sources import SOURCES

_logger = logging.getLogger(__name__)


class IspDevice(models.Model):
    """Polling cycle: read what to ask, commit, ask, write everything in one transaction."""

    _inherit = "isp.device"

    # === CRON === #

    @api.model
    def _cron_poll(self):
        """Poll the devices that are due, unless a collector process does it."""
        if not live.worker_alive(self.env.cr):
            self._run_cycle(CYCLE_SECONDS)
            self._roll_all()  # what a collector left behind when it ended
            live.purge(self.env.cr)

    @api.model
    def _cron_maintain(self):
        """Create partitions ahead, drop what is too old, and look for what fell beside."""
        cr, today = self.env.cr, fields.Date.today()
        now = time.time()
        schema.ensure_partitions(cr, now, now + 2 * 86400)
        samples, hours, years = self.env["res.company"]._isp_traffic_retention()
        schema.drop_partitions(cr, today - timedelta(days=samples))
        rollup.forget(cr, today - timedelta(days=hours), today - timedelta(days=366 * years))
        live.purge(cr)
        lease.forget(cr)
        if stray := schema.default_rows(cr):
            _logger.error("%s samples lie outside every daily partition", stray)

    # === CYCLE === #

    @api.model
    def _run_cycle(self, deadline, interval=None, holder=None, silent=None):
        """Poll every device of this collector's share that is due, once.

        :param deadline: seconds this cycle may take; what is unfinished then is a gap
        :param interval: seconds between two readings, instead of the devices' own
        :param holder: name of the collector that takes the leases
        :param silent: True for those that did not answer the last time, False for the others,
            None for all
        :return: dict of figures
        """
        holder = holder or f"{socket.gethostname()}:{os.getpid()}"
        began = time.monotonic()
        devices = self._lease_devices(deadline, interval, holder, silent)
        lines = self._read_lines(devices.ids)
        jobs = self._prepare_jobs(devices, lines)
        self._traffic_commit()  # nothing stays open while the network is asked
        results = asyncio.run(poll_devices(jobs, deadline)) if jobs else []
        self._ask_discontinuities(results, lines, deadline - (time.monotonic() - began))
        figures = self._store_results(results, lines, interval, holder)
        figures["seconds"] = time.monotonic() - began
        if results:
            self.env["isp.traffic.cycle"].sudo().create({**figures, "holder": holder})
        self._traffic_commit()
        return figures

    @api.model
    def _lease_devices(self, deadline, interval, holder, silent=None):
        """Return the due devices of this collector, leased until it has stored their answers.

        What is due for over half an interval is taken whoever it belongs to: its collector died,
        or has too much to do.
        """
        step = interval or DEFAULT_INTERVAL
        devices = self._due_devices(step, silent)
        late = fields.Datetime.now() - timedelta(seconds=step / 2)
        own = set(share.share(devices.ids, holder, live.holders(self.env.cr)))
        left = devices.filtered(lambda dev: dev.next_poll and dev.next_poll < late)
        wanted = own | set(left.ids)
        if not wanted:
            return self.browse()
        seconds = deadline + min(LEASE_MARGIN, deadline / 2)
        try:
            taken = lease.take(self.env.cr, holder, wanted, seconds)
        except SerializationFailure:
            # Another collector took some of them this moment: what is left comes at the next look.
            self.env.cr.rollback()
            return self.browse()
        return devices.filtered(lambda device: device.id in taken)

    def _due_devices(self, step, silent=None):
        """Return the devices whose time has come; ``step`` is the seconds between readings."""
        soon = fields.Datetime.now() + timedelta(seconds=step * EARLY)
        domain = Domain("next_poll", "=", False) | Domain("next_poll", "<=", soon)
        if silent is not None:
            domain &= Domain("failures", ">" if silent else "<=", 0)
        return self.sudo().search(domain)

    def _read_lines(self, device_ids, line_ids=None):
        """Return what the poller and the arithmetic must know of each line, by line id.

        :param line_ids: only these lines; None means all of the devices
        """
        for model, names in READ_BY_SQL.items():
            self.env[model].flush_model(names)
        only = SQL("AND i.id = ANY(%s)", line_ids) if line_ids is not None else SQL()
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH line AS MATERIALIZED (
                    SELECT i.id, i.device_id, i.source, i.key, i.invert, i.status,
                           i.physical_mbps, i.subscription_id, d.company_id
                      FROM isp_interface i
                      JOIN isp_device d ON d.id = i.device_id
                     WHERE i.active AND i.device_id = ANY(%s) %s
                )
                SELECT i.*, p.isp_down_mbps AS down, p.isp_up_mbps AS up, s.index,
                       n.keys AS others
                  FROM line i
                  LEFT JOIN isp_subscription b ON b.id = i.subscription_id
                  LEFT JOIN product_template p ON p.id = b.plan_id
                  LEFT JOIN isp_traffic_state s ON s.line_id = i.id
                  LEFT JOIN (%s) n ON n.company_id = i.company_id AND n.stem = i.key
                 ORDER BY i.id
                """,
                list(device_ids),
                only,
                SQL(NUMBERED_USERS, sessions=list(SESSION_SOURCES)),
            )
        )
        for row in rows:
            row["source"] = self.browse(row["device_id"])._source_code(row["source"])
            row["line"] = self._prepare_line(row)
        return {row["id"]: row for row in rows}

    @api.model
    def _prepare_line(self, row):
        """Return the `Line` of the arithmetic for a row of `_read_lines`."""
        source, physical = SOURCES[row["source"]], row["physical_mbps"] or 0.0
        return Line(
            line_id=row["id"],
            bits=source.bits,
            session=source.session,
            rate=source.rate,
            in_is_upload=source.in_is_upload != bool(row["invert"]),
            down_limit=spike_limit(row["down"] or 0.0, physical),
            up_limit=spike_limit(row["up"] or 0.0, physical),
        )

    def _prepare_jobs(self, devices, lines):
        """Return the jobs of the poller; a device that was silent gets a single packet."""
        by_device = defaultdict(list)
        for row in lines.values():
            by_device[row["device_id"]].append(LineJob.from_row(row))
        return [
            device._snmp_job(by_device[device.id], retries=0 if device.failures else None)
            for device in devices
        ]

    # === STORING === #

    def _store_results(self, results, lines, interval=None, holder=""):
        """Write samples, states, roll-ups, line and device status of one cycle.

        A failure of the database is tried once more; then the state is unchanged, so that the
        next delta covers what was lost.
        """
        try:
            with self.env.cr.savepoint():
                return self._write_results(results, lines, interval, holder)
        except psycopg2.OperationalError:
            _logger.warning("Traffic could not be stored, trying once more", exc_info=True)
            with self.env.cr.savepoint():
                return self._write_results(results, lines, interval, holder)

    def _write_results(self, results, lines, interval, holder):
        asked = len(results)
        kept = lease.end(self.env.cr, holder, [result.device_id for result in results])
        results = [result for result in results if result.device_id in kept]
        for result in results:
            self._drop_twins(result, lines)
        readings = [reading for result in results for reading in result.readings]
        ingested = self._ingest_readings(readings, lines)
        statuses = {k: v for result in results for k, v in result.statuses.items()}
        self._write_line_statuses(statuses, lines)
        for result in results:
            self.browse(result.device_id)._write_result(result, interval)
        states = [result.state for result in results]
        return {
            "devices_up": states.count("up"),
            "devices_down": sum(states.count(state) for state in SILENT_STATES),
            "devices_slow": states.count("slow"),
            "devices_bad": states.count("bad"),
            "readings": len(readings),
            "samples": len(ingested.samples),
            "lost": asked - len(results),
            "unresolved": sum(status in LINE_TROUBLE for status in statuses.values()),
        }

    def _write_result(self, result, interval=None):
        """Write what one poll says about this device, and when it is polled next."""
        self.ensure_one()
        device_sudo, now = self.sudo(), fields.Datetime.now()
        device_sudo = device_sudo.with_context(lang=device_sudo.company_id._isp_lang())
        silent = result.state in SILENT_STATES
        failures = device_sudo.failures + 1 if silent else 0
        values = {
            "last_poll": now,
            "poll_seconds": result.seconds,
            "failures": failures,
            "next_poll": device_sudo._next_poll(interval, failures),
        }
        if device_sudo.state != result.state:
            values["state"] = result.state
        if bool(device_sudo.down_since) != silent:
            values["down_since"] = now if silent else False
        error = device_sudo._result_words(result)
        if (device_sudo.last_error or False) != (error or False):
            values["last_error"] = error
        if not silent and result.uptime is not None:
            values.update(last_ok=now, uptime=result.uptime // 100, object_id=result.object_id)
        device_sudo.write(values)

    def _next_poll(self, interval=None, failures=0):
        """Return the next slot of this device: its own phase, later when it was silent."""
        self.ensure_one()
        step = interval or self.interval or self.company_id.isp_traffic_interval or 300
        phase = self.id * 2_654_435_761 % 2**32 % step
        early = time.time() + step * EARLY
        cycles = BACKOFF_CYCLES[min(max(failures, 1), len(BACKOFF_CYCLES)) - 1]
        slot = (early - phase) // step * step + phase + step * cycles
        return fields.Datetime.to_datetime(storage.stamp(slot).replace(tzinfo=None, microsecond=0))

    # === HELPERS === #

    @api.model
    def _traffic_commit(self):
        """Commit, except in tests, which own their transaction."""
        if not modules.module.current_test:
            self.env.cr.commit()  # pylint: disable=invalid-commit


#: Users whose name ends like that of a second session, of the lines that are read: ``ana-1`` by
#: the stem ``ana``. Both halves go by an index of the stem.
NUMBERED_USERS = r"""
    SELECT company_id, stem, array_agg(key) AS keys
      FROM (SELECT u.company_id, regexp_replace(u.key, '-\d+$', '') AS stem, u.key
              FROM isp_interface u
              JOIN line l ON l.company_id = u.company_id
                         AND l.key = regexp_replace(u.key, '-\d+$', '')
             WHERE u.active AND u.key ~ '.-\d+$' AND l.source = ANY(%(sessions)s)
             UNION
            SELECT u.company_id, regexp_replace(u.pppoe_user, '-\d+$', ''), u.pppoe_user
              FROM isp_subscription u
              JOIN line l ON l.company_id = u.company_id
                         AND l.key = regexp_replace(u.pppoe_user, '-\d+$', '')
             WHERE u.pppoe_user ~ '.-\d+$' AND l.source = ANY(%(sessions)s)
           ) k
     GROUP BY 1, 2
"""
SESSION_SOURCES = [code for code, source in SOURCES.items() if source.session]
#: What `_read_lines` reads in SQL.
READ_BY_SQL = {
    "isp.interface": (
        ["active", "device_id", "source", "key", "invert", "status"]
        + ["physical_mbps", "subscription_id"]
    ),
    "isp.device": ["company_id"],
    "isp.subscription": ["plan_id", "pppoe_user"],
    "product.template": ["isp_down_mbps", "isp_up_mbps"],
}
