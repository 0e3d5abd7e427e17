from odoo import fields, models

from ..services.snmp_api import Usm

AUTH_PROTOCOLS = [
    ("MD5", "MD5"),
    ("SHA", "SHA-1"),
    ("SHA224", "SHA-224"),
    ("SHA256", "SHA-256"),
    ("SHA384", "SHA-384"),
    ("SHA512", "SHA-512"),
]
PRIV_PROTOCOLS = [("DES", "DES"), ("AES", "AES-128"), ("AES192", "AES-192"), ("AES256", "AES-256")]


class IspDevice(models.Model):
    """Credentials of SNMP v3. Keys are passphrases as typed on the device, never its digests."""

    _inherit = "isp.device"

    v3_user = fields.Char(string="User (v3)", groups="base.group_system", copy=False)
    v3_auth_protocol = fields.Selection(
        AUTH_PROTOCOLS, string="Authentication (v3)", default="SHA", help="Empty: none."
    )
    v3_auth_key = fields.Char(
        string="Authentication key (v3)", groups="base.group_system", copy=False
    )
    v3_priv_protocol = fields.Selection(
        PRIV_PROTOCOLS, string="Privacy (v3)", default="AES", help="Empty: none."
    )
    v3_priv_key = fields.Char(string="Privacy key (v3)", groups="base.group_system", copy=False)

    _v3_privacy_needs_authentication = models.Constraint(
        "CHECK(v3_auth_protocol IS NOT NULL OR v3_priv_protocol IS NULL)",
        "SNMP v3 has no privacy without authentication: choose an authentication too.",
    )

    # === BUSINESS METHODS === #

    def _snmp_user(self):
        """Return the credentials of SNMP v3, None for the versions with a community."""
        self.ensure_one()
        if self.snmp_version != "3":
            return None
        device_sudo = self.sudo()
        return Usm(
            user=device_sudo.v3_user or "",
            auth=device_sudo.v3_auth_protocol or "",
            auth_key=device_sudo.v3_auth_key or "",
            priv=device_sudo.v3_priv_protocol or "",
            priv_key=device_sudo.v3_priv_key or "",
        )
