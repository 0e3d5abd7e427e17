from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services.sources import CUSTOM, custom_spec


class IspDevice(models.Model):
    """Counters this addon does not know: the device names its own columns."""

    _inherit = "isp.device"

    custom_name_oid = fields.Char(
        string="OID of the names", help="Column that tells the lines apart; empty: by index."
    )
    custom_in_oid = fields.Char(string="OID of octets in", help="Column of received octets.")
    custom_out_oid = fields.Char(string="OID of octets out", help="Column of sent octets.")
    custom_bits = fields.Selection(
        [("64", "64 bits"), ("32", "32 bits")], string="Width", default="64", required=True
    )
    custom_kind = fields.Selection(
        [("counter", "Counter of octets"), ("rate", "Speed in octets per second")],
        string="What the columns hold",
        default="counter",
        required=True,
    )

    # === CONSTRAINT METHODS === #

    @api.constrains(
        "default_source", "custom_name_oid", "custom_in_oid", "custom_out_oid", "interface_ids"
    )
    def _check_custom_oids(self):
        for device in self:
            used = CUSTOM in [device.default_source, *device.interface_ids.mapped("source")]
            texts = (device.custom_name_oid, device.custom_in_oid, device.custom_out_oid)
            if used or any(texts):
                device._check_custom_texts(*texts)

    def _check_custom_texts(self, name, octets_in, octets_out):
        """:raise ValidationError: a column is missing, or is not an OID"""
        try:
            custom_spec(name or "", octets_in or "", octets_out or "", 64, "counter")
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "%(device)s: write the OIDs of octets in and out as numbers with dots, for "
                    "example 1.3.6.1.2.1.31.1.1.1.6, without an index at the end.",
                    device=self.name,
                )
            ) from error

    # === BUSINESS METHODS === #

    def _source_code(self, source):
        """Return the code the poller knows a source of this device by."""
        if source != CUSTOM:
            return source
        self.ensure_one()
        device_sudo = self.sudo()
        return custom_spec(
            device_sudo.custom_name_oid or "",
            device_sudo.custom_in_oid or "",
            device_sudo.custom_out_oid or "",
            int(device_sudo.custom_bits),
            device_sudo.custom_kind,
        )
