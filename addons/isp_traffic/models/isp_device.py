import asyncio
from itertools import count

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import DEVICE_STATES, LINE_SOURCES
from ..services import storage
from ..services.poller import DeviceJob, poll_devices
from ..services.snmp_api import Target


class IspDevice(models.Model):
    _name = "isp.device"
    _description = "Network device"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    host = fields.Char(string="Address", required=True, tracking=True)
    port = fields.Integer(default=161, required=True)
    snmp_version = fields.Selection(
        [("2c", "SNMP v2c"), ("1", "SNMP v1"), ("3", "SNMP v3")],
        string="Protocol",
        default="2c",
        required=True,
    )
    community = fields.Char(groups="base.group_system", copy=False)
    backend = fields.Selection(
        [("auto", "Best available"), ("gufo", "gufo-snmp"), ("pysnmp", "pysnmp")],
        string="SNMP library",
        default="auto",
        required=True,
        help="pysnmp also takes answers that come from another address of the device.",
    )
    timeout = fields.Float(string="Timeout (s)", default=2.0, digits=(6, 2))
    retries = fields.Integer(default=1)
    max_size = fields.Integer(
        string="Values per request", default=50, help="It shrinks by itself when it is too much."
    )
    interval = fields.Integer(
        string="Own interval (s)", help="Seconds between two readings; 0 means the company's."
    )
    default_source = fields.Selection(
        LINE_SOURCES, string="Source of its lines", default="mt_ppp", required=True
    )
    interface_ids = fields.One2many("isp.interface", "device_id", string="Lines")
    interface_count = fields.Integer(string="Number of lines", compute="_compute_interface_count")

    # Written by the poller
    state = fields.Selection(
        DEVICE_STATES, default="new", required=True, readonly=True, copy=False, tracking=True
    )
    last_error = fields.Char(readonly=True, copy=False)
    last_poll = fields.Datetime(readonly=True, copy=False)
    last_ok = fields.Datetime(string="Last answer", readonly=True, copy=False)
    next_poll = fields.Datetime(readonly=True, copy=False, index=True)
    failures = fields.Integer(string="Silent polls in a row", readonly=True, copy=False)
    poll_seconds = fields.Float(string="Seconds of the last poll", readonly=True, copy=False)
    uptime = fields.Integer(string="Up for (s)", readonly=True, copy=False)
    object_id = fields.Char(string="Kind (sysObjectID)", readonly=True, copy=False)

    _name_uniq = models.Constraint(
        "UNIQUE(company_id, name)", "Another device of the company has this name."
    )
    _numbers_range = models.Constraint(
        "CHECK(port BETWEEN 1 AND 65535 AND timeout BETWEEN 0.1 AND 30 AND retries BETWEEN 0 AND 5"
        " AND max_size BETWEEN 1 AND 100"
        " AND (coalesce(interval, 0) = 0 OR interval BETWEEN 30 AND 3600))",
        "Port, timeout (0.1 to 30 s), retries (0 to 5), values per request (1 to 100) or interval "
        "(30 to 3600 s) out of range.",
    )

    # === COMPUTE METHODS === #

    def _compute_interface_count(self):
        groups = self.env["isp.interface"]._read_group(
            [("device_id", "in", self.ids)], ["device_id"], ["__count"]
        )
        counts = {device.id: count for device, count in groups}
        for device in self:
            device.interface_count = counts.get(device.id, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        """Who mends how a device is asked need not wait until the pause of its silence is over."""
        if HOW_ASKED & vals.keys():
            vals = {"next_poll": False, **vals}
        return super().write(vals)

    def copy_data(self, default=None):
        """Number the copy: the names of devices are unique."""
        rows = super().copy_data(default)
        if "name" not in (default or {}):
            devices = self.sudo().with_context(active_test=False)
            for device, row in zip(self, rows, strict=True):
                company = ("company_id", "=", row.get("company_id") or device.company_id.id)
                taken = set(devices.search([company]).mapped("name"))
                names = (f"{device.name} ({number})" for number in count(2))
                row["name"] = next(name for name in names if name not in taken)
        return rows

    @api.ondelete(at_uninstall=False)
    def _unlink_except_measured(self):
        """:raise UserError: a device measured customers, who would lose their traffic"""
        lines = self.with_context(active_test=False).interface_ids.filtered("subscription_id")
        if measured := lines._with_traffic():
            raise UserError(
                self.env._(
                    "%(device)s has measured customers: their traffic would be deleted with it. "
                    "Archive it instead.",
                    device=measured[0].device_id.name,
                )
            )

    def unlink(self):
        """Take the traffic of the lines along, which the database would leave behind."""
        line_ids = self.with_context(active_test=False).interface_ids.ids
        result = super().unlink()
        storage.delete_lines(self.env.cr, line_ids)
        return result

    # === ACTION METHODS === #

    def action_test_connection(self):
        """Ask the device who it is and show what it says."""
        self.ensure_one()
        self._check_may_poll()
        result = asyncio.run(poll_devices([self._snmp_job()], self._patience()))[0]
        if result.state != "up":
            states = dict(self._fields["state"]._description_selection(self.env))
            error = self._result_words(result) or "-"
            text = self.env._("%(state)s: %(error)s", state=states[result.state], error=error)
            return self._notification(text, "danger")
        if self.failures:
            self.sudo().next_poll = False  # the poller need not wait longer to find that out
        text = self.env._(
            "It answers. Kind %(kind)s, up for %(hours)s hours, library %(library)s.",
            kind=result.object_id,
            hours=result.uptime // 360_000,
            library=result.backend,
        )
        return self._notification(text, "success")

    def action_discover(self):
        """Open the wizard that walks the device, proposes customers and creates lines."""
        self.ensure_one()
        self._check_may_poll()
        wizard = self.env["isp.device.scan"].create(
            {"device_id": self.id, "source": self.default_source}
        )
        return wizard._reopen()

    def action_view_interfaces(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("isp_traffic.isp_interface_action")
        action["domain"] = [("device_id", "=", self.id)]
        action["context"] = {"default_device_id": self.id}
        return action

    # === HELPERS === #

    def _check_may_poll(self):
        """:raise AccessError: the user is not a technician"""
        self.check_access("write")

    def _snmp_target(self, timeout=None, retries=None):
        """Return where and how to ask this device. Credentials are read as superuser."""
        self.ensure_one()
        device_sudo = self.sudo()
        return Target(
            host=device_sudo.host,
            port=device_sudo.port,
            version=device_sudo.snmp_version,
            community=device_sudo.community or "",
            timeout=timeout or device_sudo.timeout,
            retries=device_sudo.retries if retries is None else retries,
            max_size=device_sudo.max_size,
            backend=device_sudo.backend,
            usm=device_sudo._snmp_user(),
        )

    def _snmp_job(self, lines=(), timeout=None, retries=None, resolve=True):
        """Return the job of one device for the poller; ``lines`` are `LineJob`."""
        target = self._snmp_target(timeout, retries)
        return DeviceJob(self.id, target, tuple(lines), resolve)

    def _patience(self):
        """Return the seconds a user waits for this device at most."""
        return min(self.timeout * (self.retries + 1) + 3, 20)

    @api.model
    def _notification(self, message, kind):
        """Return a client action that shows a message."""
        params = {"message": message, "type": kind, "sticky": kind == "danger"}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}


HOW_ASKED = {"host", "port", "snmp_version", "community", "backend", "timeout", "retries"} | {
    f"v3_{name}" for name in ("user", "auth_protocol", "auth_key", "priv_protocol", "priv_key")
}
