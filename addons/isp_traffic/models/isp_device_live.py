import asyncio
import time
from collections import defaultdict

from odoo import api, models

from ..services import live, share
from ..services.poller import LineJob, poll_devices

RESOLVE_EVERY = 30  # seconds between two look-ups of names for live traffic, per device
LIVE_TIMEOUT = 1.0
WORKER_DEADLINE = 2.5


class IspDevice(models.Model):
    """Live traffic: each watched line is read once per step, however many people watch."""

    _inherit = "isp.device"

    @api.model
    def _run_live(self, resolved_at, holder=""):
        """One step of a collector: read every watched line of its share of the devices.

        :param resolved_at: dict it keeps: device id → monotonic time of its last look-up
        :param holder: name of the collector
        :return: number of points stored
        """
        cr = self.env.cr
        line_ids = live.watched(cr)
        lines = self._live_lines(line_ids)
        holders = live.holders(cr)
        device_ids = {row["device_id"] for row in lines.values()}
        own = set(share.share(device_ids, holder, holders) if holder else device_ids)
        lines = {key: row for key, row in lines.items() if row["device_id"] in own}
        jobs = self._prepare_live_jobs(lines, resolved_at)
        self._traffic_commit()
        results = asyncio.run(poll_devices(jobs, WORKER_DEADLINE)) if jobs else []
        count = self._store_live(results, lines)
        if holder == next(iter(holders), holder):  # one of them cleans up for all
            live.purge(cr)
        self._traffic_commit()
        return count

    @api.model
    def _live_request(self, line_ids):
        """Read lines inside a web request, when no worker runs.

        One request per device and interval for all its watched lines, one try, one second; at
        most a few such requests at a time. Who does not get a turn shows the points that are there.
        """
        cr = self.env.cr
        devices = self.env["isp.interface"].sudo().browse(line_ids).device_id
        # Before anything else: whoever gets no turn must not look as if names were looked up.
        devices = devices.filtered(
            lambda device: not live.is_dead(cr, device.id) and live.try_slot(cr, device.id)
        )
        if not devices:
            return
        watched = set(line_ids) | set(live.watched(cr))
        lines = {
            line_id: row
            for line_id, row in self._live_lines(sorted(watched)).items()
            if row["device_id"] in devices.ids
        }
        jobs = self._prepare_live_jobs(lines, RESOLVED_AT[cr.dbname])
        results = asyncio.run(poll_devices(jobs, WORKER_DEADLINE)) if jobs else []
        self._store_live(results, lines)
        for result in results:
            if result.state in ("down", "auth", "slow"):
                live.set_dead(cr, result.device_id)

    def _live_lines(self, line_ids):
        """Return rows of `_read_lines` for lines; a recent live index is newer than the state's."""
        if not line_ids:
            return {}
        interfaces = self.env["isp.interface"].sudo().browse(line_ids).exists()
        devices = interfaces.device_id.filtered("active")
        lines = self._read_lines(devices.ids, line_ids)
        for line_id, reading in live.last_points(self.env.cr, line_ids).items():
            if line_id in lines:
                lines[line_id]["index"] = reading.index
        return lines

    def _prepare_live_jobs(self, lines, resolved_at):
        """Return one job per device; names are looked up seldom, known indexes each time."""
        by_device = defaultdict(list)
        for row in lines.values():
            by_device[row["device_id"]].append(LineJob.from_row(row))
        jobs, now = [], time.monotonic()
        for device in self.sudo().browse(by_device):
            resolve = now - resolved_at.get(device.id, -RESOLVE_EVERY) >= RESOLVE_EVERY
            if resolve:
                resolved_at[device.id] = now
            jobs.append(
                device._snmp_job(by_device[device.id], LIVE_TIMEOUT, retries=0, resolve=resolve)
            )
        return jobs

    def _store_live(self, results, lines):
        readings = [reading for result in results for reading in result.readings]
        known = {line_id: row["line"] for line_id, row in lines.items()}
        live.record(self.env.cr, known, readings)
        return len(readings)


#: Look-ups of this server process, per database.
RESOLVED_AT = defaultdict(dict)
