import time
from collections import defaultdict

from odoo import api, fields, models

from ..const import ROLL_SECONDS
from ..services import live, rollup, storage
from ..services.counters import Reading
from ..services.ingest import ingest
from ..services.sources import SOURCES

EPOCH = fields.Datetime.to_datetime("1970-01-01 00:00:00")


class IspDevice(models.Model):
    """From readings to stored samples, roll-ups and the status of lines."""

    _inherit = "isp.device"

    # === READINGS === #

    def _ingest_readings(self, readings, lines):
        """Turn readings into stored samples and roll-ups: the one way traffic gets in.

        :param readings: `Reading` objects, for each line in the order of their time
        :param lines: rows of `_read_lines` by line id
        """
        cr = self.env.cr
        states = storage.load_states(cr, {reading.line_id for reading in readings})
        known = {line_id: row["line"] for line_id, row in lines.items()}
        ingested = ingest(known, states, readings)
        storage.store(cr, ingested)
        if ingested.span:
            start, end = map(storage.stamp, ingested.span)
            # A collector rolls up what all lines have; two that write the same hours at once would
            # stop each other, and its own two lanes do store at once.
            own = list(ingested.states) if live.worker_alive(cr) else None
            rollup.roll_hours(cr, start, end, own)
            for zone, line_ids in self._lines_by_zone(ingested.states, lines).items():
                rollup.roll_days(cr, start, end, zone, line_ids)
        self.env["isp.traffic.day"].invalidate_model()
        return ingested

    @api.model
    def _roll_all(self, seconds=ROLL_SECONDS):
        """Rebuild hours and days of every line since somebody did it last, whoever stored it.

        A collector that dies leaves samples behind that are not rolled up; whoever comes after it,
        and however late, goes on where the last one noted that it was.

        :param seconds: not again within so many
        :return: up to when everything is rolled up, seconds since the epoch; 0: another is at it
        """
        cr, now = self.env.cr, time.time()
        if not rollup.try_lock(cr):
            return 0.0  # two that write the same rows would stop each other
        until = rollup.rolled_until(cr)
        if until and 0 <= now - until < seconds:
            return until
        # A sample gives the hour before its end a share.
        first = min(until or rollup.last_hour(cr) or now, now) - 3600
        start, end = storage.stamp(first), storage.stamp(now)
        rollup.roll_hours(cr, start, end)
        cr.execute("SELECT company_id, array_agg(id) FROM isp_interface GROUP BY company_id")
        for zone, line_ids in self._join_zones(dict(cr.fetchall())).items():
            rollup.roll_days(cr, start, end, zone, line_ids)
        rollup.note_rolled(cr, now)
        return now

    def _lines_by_zone(self, line_ids, lines):
        """Return the line ids for each time zone."""
        by_company = defaultdict(list)
        for line_id in line_ids:
            by_company[lines[line_id]["company_id"]].append(line_id)
        return self._join_zones(by_company)

    @api.model
    def _join_zones(self, by_company):
        """Return {time zone: line ids} for {company id: line ids}."""
        by_zone, companies = defaultdict(list), self.env["res.company"].sudo()
        for company_id, ids in by_company.items():
            by_zone[companies.browse(company_id)._isp_traffic_zone()] += ids
        return by_zone

    @api.model
    def _drop_twins(self, result, lines):
        """Take one reading only where two lines are mapped to the same counters.

        Lines of two sources meet, and those of one when a key can be written in two ways. Who has
        a customer goes first; the other line says why it is not measured.
        """
        seen, kept = set(), []
        by_right = sorted(
            result.readings,
            key=lambda r: (not lines[r.line_id]["subscription_id"], r.line_id),
        )
        for reading in by_right:
            place = SOURCES[lines[reading.line_id]["source"]].octets_in, reading.index
            if place in seen:
                result.statuses[reading.line_id] = "duplicate"
            else:
                seen.add(place)
                kept.append(reading)
        result.readings = kept

    def _write_line_statuses(self, statuses, lines):
        changed, now = defaultdict(list), fields.Datetime.now()
        for line_id, status in statuses.items():
            if lines[line_id]["status"] != status:
                changed[status].append(line_id)
        for status, line_ids in changed.items():
            lines_sudo = self.env["isp.interface"].sudo().browse(line_ids)
            lines_sudo.write({"status": status, "status_since": now})

    # === INGESTION OF KNOWN READINGS === #

    def _ingest_polls(self, polls):
        """Ingest readings that were taken elsewhere or earlier, as the live cycle does.

        :param polls: iterable, oldest first, of ``(moment, uptime, rows)``: an aware datetime
            (naive means UTC), sysUpTime in hundredths of a second, and a mapping of the key or
            the interface name of a line to ``(index, octets in, octets out)``
        :return: number of samples stored
        """
        self.ensure_one()
        lines = self.sudo()._read_lines(self.ids)
        by_name = {}
        for row in lines.values():
            for name in SOURCES[row["source"]].names(row["key"]):
                by_name[name] = row["id"]
        readings = []
        for moment, uptime, rows in polls:
            ts = (moment if moment.tzinfo else storage.stamp(0) + (moment - EPOCH)).timestamp()
            for name, (index, octets_in, octets_out) in rows.items():
                if line_id := by_name.get(name):
                    readings.append(Reading(line_id, ts, uptime, index, octets_in, octets_out))
        ingested = self.sudo()._ingest_readings(readings, lines)
        self._write_line_statuses(dict.fromkeys(ingested.states, "ok"), lines)
        return len(ingested.samples)
