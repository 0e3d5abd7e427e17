from odoo import models

from ..services.wire import WireError, parse_charge


class IspPaymentMonitor(models.Model):
    """The comparison of refunds and disputes with Openpay's lists."""

    _inherit = "isp.payment.monitor"

    def _unnoted(self, listed):
        """Return the charges of Openpay's lists that say something that is not noted here.

        Charges of stored cards may not be in the lists of the merchant (openpay.md section 8):
        those are read again one by one, see `isp.card.charge._look_after`.
        """
        charges = {}
        for data in listed:
            try:
                charge = parse_charge(data)
            except WireError:
                continue
            charges[charge.id] = (charge, data)
        rows = self.env["isp.card.charge"].search(
            [("provider_id", "=", self.provider_id.id), ("charge_id", "in", list(charges))]
        )
        known = {row.charge_id: row for row in rows}
        return [
            data
            for charge_id, (charge, data) in charges.items()
            if rows._aftermath_differs(charge, known.get(charge_id, rows.browse()))
        ]
