import asyncio
from datetime import timedelta

from odoo import api, fields, models

from ..services import discontinuity, storage
from ..services.counters import SPREAD_LIMIT
from ..services.poller import UP

ASK_SECONDS = 5.0  # most a cycle waits for what only completes its readings


class IspDevice(models.Model):
    """Devices are asked when their counters were broken, where that decides."""

    _inherit = "isp.device"

    @api.model
    def _ask_discontinuities(self, results, lines, seconds):
        """Complete the readings whose counters do not tell what happened.

        Between the polls and the storing of a cycle: reads, commits, asks. Most cycles ask nothing.

        :param results: `DeviceResult` objects; their readings are replaced
        :param lines: rows of `_read_lines` by line id
        :param seconds: time that is left of the cycle
        """
        results = [result for result in results if result.state == UP and result.readings]
        long_ago = fields.Datetime.now() - timedelta(seconds=SPREAD_LIMIT)
        # One may have been deleted while it was asked.
        asked = self.sudo().browse(result.device_id for result in results).exists()
        devices, wanted = {device.id: device for device in asked}, {}
        for result in results:
            if result.device_id not in devices:
                continue
            last = devices[result.device_id].last_ok
            gap = bool(last) and last < long_ago
            wanted[result.device_id] = [
                reading
                for reading in result.readings
                if gap or lines[reading.line_id]["line"].bits == 32
            ]
        ids = [reading.line_id for readings in wanted.values() for reading in readings]
        if not ids:
            return
        states = storage.load_states(self.env.cr, ids)
        sources = {line_id: lines[line_id]["source"] for line_id in ids}
        known = {line_id: lines[line_id]["line"] for line_id in ids}
        questions = [
            discontinuity.Question(devices[device_id]._snmp_target(), oids)
            for device_id, readings in wanted.items()
            if (oids := discontinuity.doubts(readings, sources, known, states))
        ]
        if not questions:
            return
        self._traffic_commit()  # nothing stays open while the network is asked
        found = asyncio.run(discontinuity.ask(questions, max(min(seconds, ASK_SECONDS), 0.1)))
        discontinuity.tell(results, found)
