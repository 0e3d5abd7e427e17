import asyncio

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import LINE_SOURCES
from ..services.matching import Rule, index_of, propose
from ..services.scan import scan
from ..services.snmp_api import SnmpError
from ..services.snmp_backends import make_backend

MAX_ROWS = 20_000  # what is walked
MAX_LINES = 2_000  # what is listed
MATCH_FIELDS = {
    "pppoe": "pppoe_user",
    "contract": "name",
    "customer": "partner_id.name",
    "reference": "partner_id.ref",
}


class IspDeviceScan(models.TransientModel):
    """Walk a device, show what it has, propose whose it is, link what the user confirms."""

    _name = "isp.device.scan"
    _description = "Find lines of a device"

    device_id = fields.Many2one("isp.device", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="device_id.company_id")
    source = fields.Selection(LINE_SOURCES, required=True)
    containing = fields.Char(help="Only rows whose name or comment has this text.")
    match_by = fields.Selection(
        [
            ("pppoe", "PPPoE user"),
            ("contract", "Contract number"),
            ("customer", "Name of the customer"),
            ("reference", "Reference of the customer"),
        ],
        string="Compare with",
        default="pppoe",
        required=True,
    )
    match_in = fields.Selection(
        [("both", "Name or comment"), ("key", "Name"), ("comment", "Comment")],
        string="Look in",
        default="both",
        required=True,
    )
    pattern = fields.Char(
        help="Text around the value: cli-{value}. A * stands for anything. Empty: all of it."
    )
    line_ids = fields.One2many("isp.device.scan.line", "scan_id", string="Found")
    walked = fields.Boolean(readonly=True)
    note = fields.Char(readonly=True)
    selected_count = fields.Integer(compute="_compute_selected_count")

    # === COMPUTE METHODS === #

    @api.depends("line_ids.selected")
    def _compute_selected_count(self):
        for wizard in self:
            wizard.selected_count = len(wizard.line_ids.filtered("selected"))

    # === ACTION METHODS === #

    def action_walk(self):
        """Read the device and list what it has."""
        self.ensure_one()
        self.device_id._check_may_poll()
        try:
            result = asyncio.run(self._walk())
        except SnmpError as error:
            raise UserError(
                self.env._(
                    "%(device)s could not be read: %(error)s. Test the connection first.",
                    device=self.device_id.name,
                    error=error,
                )
            ) from error
        self._take(result)
        return self._reopen()

    def action_match(self):
        """Propose a subscription for each row by the rule; nothing is stored yet."""
        self.ensure_one()
        rule = Rule(self.pattern or "")
        try:
            rule.check()
        except ValueError as error:
            raise ValidationError(
                self.env._("Write {value} once in the pattern, and at most four *.")
            ) from error
        field_name = MATCH_FIELDS[self.match_by]
        services = self.env["isp.subscription"].search(
            [("company_id", "=", self.company_id.id), ("state", "not in", ("draft", "cancelled"))]
        )
        values = services.mapped(lambda service: (service.id, service.mapped(field_name)[0] or ""))
        index = index_of(values)
        for line in self.line_ids:
            line._propose(propose(rule, line._texts(self.match_in), index))
        return self._reopen()

    def action_select_all(self):
        """Tick every row that can be created."""
        self.ensure_one()
        self.line_ids.filtered(lambda line: line.state in ("new", "proposed")).selected = True
        return self._reopen()

    def action_apply(self):
        """Create and link the ticked rows, and show them."""
        self.ensure_one()
        self.device_id._check_may_poll()
        chosen = self.line_ids.filtered("selected")
        if not chosen:
            raise UserError(self.env._("Tick the lines to create or link."))
        interfaces = chosen._apply()
        action = self.device_id.action_view_interfaces()
        action["domain"] = [("id", "in", interfaces.ids)]
        action["target"] = "main"
        return action

    # === BUSINESS METHODS === #

    async def _walk(self):
        target = self.device_id._snmp_target()
        backend = make_backend(target.backend)
        try:
            return await scan(backend, target, self.device_id._source_code(self.source), MAX_ROWS)
        finally:
            await backend.aclose()

    def _take(self, result):
        """Turn the rows of a walk into lines of this wizard.

        :param result: `services.scan.Scan`
        """
        if result.source in dict(LINE_SOURCES):  # own OIDs have a code of their own
            self.source = result.source
        text = (self.containing or "").casefold()
        rows = [row for row in result.rows if text in f"{row.key} {row.comment}".casefold()]
        self.line_ids.unlink()
        self.env["isp.device.scan.line"].create(
            [{"scan_id": self.id, **self._prepare_line(row)} for row in rows[:MAX_LINES]]
        )
        self.line_ids._note_known()
        self.write({"walked": True, "note": self._note(result, len(rows))})

    @api.model
    def _prepare_line(self, row):
        state = "double" if row.double else "new" if row.counted else "no_counter"
        return {"key": row.key, "index": row.index, "comment": row.comment, "state": state}

    def _note(self, result, count):
        """Return what the user should know about what was found."""
        if not count:
            return self.env._("Nothing found. Try another source.")
        parts = []
        if result.narrow:
            parts.append(
                self.env._(
                    "This device has 32-bit counters only: at high speed they go round between two "
                    "readings. They are used, with a warning on each line."
                )
            )
        if count > MAX_LINES:
            parts.append(
                self.env._(
                    "%(count)s rows found, the first %(shown)s are listed: narrow them down with "
                    "«Containing».",
                    count=count,
                    shown=MAX_LINES,
                )
            )
        return " ".join(parts) or False

    def _reopen(self):
        """Return the action that shows this wizard again."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Find lines of %(device)s", device=self.device_id.name),
        }
