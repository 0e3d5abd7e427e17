from odoo import api, fields, models

from ..services.sources import SOURCES


class IspDeviceScanLine(models.TransientModel):
    """One row a device showed, and what will become of it."""

    _name = "isp.device.scan.line"
    _description = "Found line"
    _order = "scan_id, id"

    scan_id = fields.Many2one("isp.device.scan", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="scan_id.company_id")
    selected = fields.Boolean(string="Create")
    key = fields.Char(string="Name", readonly=True)
    index = fields.Char(readonly=True)
    comment = fields.Char(readonly=True)
    interface_id = fields.Many2one("isp.interface", string="Line", readonly=True)
    subscription_id = fields.Many2one(
        "isp.subscription", domain="[('company_id', '=', company_id)]"
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("proposed", "Proposed"),
            ("several", "Several customers fit"),
            ("taken", "Customer has a line already"),
            ("linked", "Linked already"),
            ("double", "Name found twice"),
            ("no_counter", "Without counters"),
            ("twin", "Measured by another line"),
        ],
        default="new",
        readonly=True,
    )

    # === ONCHANGE METHODS === #

    @api.onchange("subscription_id")
    def _onchange_subscription_id(self):
        if self.subscription_id and self.state in ("new", "proposed", "several", "taken"):
            self.selected = True

    # === BUSINESS METHODS === #

    def _note_known(self):
        """Find the lines that exist, and those of another source on the same counters."""
        device = self.scan_id.device_id
        if not device:
            return
        source = self.scan_id.source
        known = {line.key: line for line in device.interface_ids if line.source == source}
        column = SOURCES[device._source_code(source)].octets_in
        others = {
            line.last_index
            for line in device.interface_ids
            if line.source != source
            and line.last_index
            and SOURCES[device._source_code(line.source)].octets_in == column
        }
        for found in self:
            line = known.get(found.key)
            if line:
                found.interface_id = line
                found.subscription_id = line.subscription_id
                found.state = "linked" if line.subscription_id else found.state
            elif found.index in others:
                found.state = "twin"

    def _texts(self, where):
        """Return the texts a rule looks at: names, comments or both."""
        self.ensure_one()
        texts = {"key": [self.key], "comment": [self.comment], "both": [self.key, self.comment]}
        return [text for text in texts[where] if text]

    def _propose(self, subscription_ids):
        """Write what a rule says about this row, unless a person or the past said it already."""
        self.ensure_one()
        if self.state not in ("new", "proposed", "several", "taken"):
            return
        services = self.env["isp.subscription"].browse(sorted(subscription_ids))
        one = services if len(services) == 1 else services.browse()
        state = "proposed" if one else "several" if services else "new"
        if one.isp_interface_ids - self.interface_id:
            state = "taken"
        self.write({"subscription_id": one.id, "state": state, "selected": state == "proposed"})

    def _apply(self):
        """Create or link the lines of these rows; return them."""
        interfaces = self.env["isp.interface"]
        for found in self.filtered(lambda row: not row.interface_id):
            found.interface_id = interfaces.create(
                {
                    "device_id": found.scan_id.device_id.id,
                    "source": found.scan_id.source,
                    "key": found.key,
                }
            )
        for found in self:
            if (
                found.subscription_id
                and found.interface_id.subscription_id != found.subscription_id
            ):
                found.interface_id.subscription_id = found.subscription_id
        return self.interface_id
