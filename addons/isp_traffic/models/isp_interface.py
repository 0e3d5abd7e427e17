from odoo import api, fields, models
from odoo.tools import SQL

from ..const import LINE_SOURCES, LINE_STATUSES
from ..services import storage


class IspInterface(models.Model):
    _name = "isp.interface"
    _description = "Measured line"
    _order = "id"  # customers may read their lines, but not what the device calls them
    _rec_names_search = ["key", "subscription_id.name", "subscription_id.partner_id.name"]
    _check_company_auto = True

    active = fields.Boolean(default=True)
    device_id = fields.Many2one(
        "isp.device",
        required=True,
        index=True,
        ondelete="cascade",
        groups="base.group_user",
        check_company=True,
    )
    company_id = fields.Many2one(related="device_id.company_id", store=True, index=True)
    source = fields.Selection(
        LINE_SOURCES,
        required=True,
        compute="_compute_source",
        store=True,
        readonly=False,
        precompute=True,
        groups="base.group_user",
    )
    key = fields.Char(
        required=True,
        index=True,
        groups="base.group_user",
        help="PPP user, interface or queue name, serial number: what tells the line on its device.",
    )
    invert = fields.Boolean(
        string="Swap directions",
        groups="base.group_user",
        help="Set it when the device counts at the customer's own port.",
    )
    physical_mbps = fields.Float(
        string="Physical speed (Mbit/s)",
        digits=(10, 2),
        groups="base.group_user",
        help="Known limit of the line; 0 when it is not known.",
    )
    subscription_id = fields.Many2one(
        "isp.subscription", index=True, ondelete="set null", check_company=True
    )
    partner_id = fields.Many2one(related="subscription_id.partner_id", string="Customer")
    status = fields.Selection(
        LINE_STATUSES, default="new", required=True, readonly=True, copy=False, index=True
    )
    last_sample = fields.Datetime(compute="_compute_last_reading")
    last_index = fields.Char(
        string="Index on the device", compute="_compute_last_reading", groups="base.group_user"
    )
    last_down_mbps = fields.Float(
        string="Download (Mbit/s)", compute="_compute_last_reading", digits=(10, 2)
    )
    last_up_mbps = fields.Float(
        string="Upload (Mbit/s)", compute="_compute_last_reading", digits=(10, 2)
    )

    # By what a numbered user would be a second session of: read at each look at a live line.
    _stem_idx = models.Index(
        r"(company_id, regexp_replace(key, '-\d+$', '')) WHERE active AND key ~ '.-\d+$'"
    )
    # Lines of the past keep their key.
    _active_key_uniq = models.UniqueIndex(
        "(device_id, source, key) WHERE active",
        "The device already has a line with this source and key.",
    )

    # === COMPUTE METHODS === #

    @api.depends("device_id")
    def _compute_source(self):
        for interface in self:
            interface.source = (
                interface.source or interface.device_id.default_source or LINE_SOURCES[0][0]
            )

    @api.depends("key", "device_id.name", "subscription_id.name")
    @api.depends_context("uid")
    def _compute_display_name(self):
        """Customers read the number of their contract, not what the device calls their line.

        Names of other records' lines are read as superuser, so the user decides.
        """
        staff = self.env.user._is_internal()
        for interface in self:
            interface_sudo = interface.sudo()
            parts = (interface_sudo.key, interface_sudo.device_id.name)
            if not staff:
                parts = (interface_sudo.subscription_id.name,)
            interface.display_name = " · ".join(part for part in parts if part)

    def _compute_last_reading(self):
        """Last reading and speed of the last sample; the poller writes no row of this model."""
        rows = {}
        if self.ids:
            query = SQL(
                """
                SELECT s.line_id, s.ts AT TIME ZONE 'UTC', s.index,
                       p.down_b * 8e-6 / p.secs, p.up_b * 8e-6 / p.secs
                  FROM isp_traffic_state s
                  LEFT JOIN isp_traffic_sample p ON p.line_id = s.line_id AND p.ts = s.ts
                 WHERE s.line_id = ANY(%s)
                """,
                list(self.ids),
            )
            rows = {row[0]: row[1:] for row in self.env.execute_query(query)}
        for interface in self:
            moment, index, down, up = rows.get(interface.id, (None, None, None, None))
            interface.last_sample = moment.replace(microsecond=0) if moment else False
            interface.last_index = index
            interface.last_down_mbps = down or 0.0
            interface.last_up_mbps = up or 0.0

    # === CRUD METHODS === #

    def write(self, vals):
        """Another key, source or device is another counter: its baseline would be wrong."""
        moved = {"key", "source", "device_id"} & vals.keys()
        result = super().write(vals)
        if moved:
            self._forget_baseline()
        return result

    def unlink(self):
        """Take the measured traffic along."""
        line_ids = self.ids
        result = super().unlink()
        storage.delete_lines(self.env.cr, line_ids)
        return result

    # === ACTION METHODS === #

    def action_view_history(self):
        """:raise AccessError: the user may not read the line, whose name is in the answer"""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("isp_traffic.isp_traffic_day_action")
        action["domain"] = [("line_id", "=", self.id)]
        action["display_name"] = self.env._("Traffic of %(line)s", line=self.display_name)
        return action

    # === BUSINESS METHODS === #

    def _forget_baseline(self):
        """Start measuring anew: the next reading is only a baseline."""
        self.env.cr.execute("DELETE FROM isp_traffic_state WHERE line_id = ANY(%s)", (self.ids,))
