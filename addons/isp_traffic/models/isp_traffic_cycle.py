from datetime import timedelta

from odoo import api, fields, models

from ..const import KEEP_CYCLES_DAYS


class IspTrafficCycle(models.Model):
    _name = "isp.traffic.cycle"
    _description = "Polling cycle"
    _order = "id desc"
    _rec_name = "create_date"

    create_date = fields.Datetime(string="Time", readonly=True, index=True)
    holder = fields.Char(string="Collector", readonly=True)
    seconds = fields.Float(readonly=True, digits=(8, 3), aggregator="avg")
    devices_up = fields.Integer(readonly=True)
    devices_down = fields.Integer(readonly=True)
    devices_slow = fields.Integer(readonly=True)
    devices_bad = fields.Integer(string="Devices with bad replies", readonly=True)
    readings = fields.Integer(string="Lines read", readonly=True)
    samples = fields.Integer(readonly=True)
    lost = fields.Integer(
        string="Devices taken over", readonly=True, help="Another collector polled them meanwhile."
    )
    unresolved = fields.Integer(string="Lines not found", readonly=True)

    @api.autovacuum
    def _gc_cycles(self):
        """Forget old cycles: they are for watching the poller, not for history."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_CYCLES_DAYS)
        self.sudo().search([("create_date", "<", limit)]).unlink()
