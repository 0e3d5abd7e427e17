from odoo import fields, models

from ..services import schema


class IspTrafficDay(models.Model):
    """Daily figures of each line; the table is plain SQL, filled by the roll-up."""

    _name = "isp.traffic.day"
    _description = "Traffic of a day"
    _auto = False
    _log_access = False
    _order = "day desc, line_id"
    _rec_name = "day"

    line_id = fields.Many2one("isp.interface", readonly=True)
    day = fields.Date(readonly=True)
    down_gb = fields.Float(string="Download (GB)", readonly=True, digits=(12, 3))
    up_gb = fields.Float(string="Upload (GB)", readonly=True, digits=(12, 3))
    late_gb = fields.Float(
        string="Not attributed (GB)",
        readonly=True,
        digits=(12, 3),
        help="Transferred during a gap of more than one hour: the day is not known.",
    )
    max_down_mbps = fields.Float(
        string="Peak download (Mbit/s)", readonly=True, digits=(10, 2), aggregator="max"
    )
    max_up_mbps = fields.Float(
        string="Peak upload (Mbit/s)", readonly=True, digits=(10, 2), aggregator="max"
    )
    hours = fields.Float(string="Measured hours", readonly=True, digits=(6, 2))

    def init(self):
        """Create the tables of measured traffic, of which this is one."""
        schema.create_tables(self.env.cr)
