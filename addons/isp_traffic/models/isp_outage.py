from odoo import api, models


class IspOutage(models.Model):
    """What devices and zones tell of one silence does not overlap."""

    _inherit = "isp.outage"

    @api.model
    def _isp_untold_since(self, services, start):
        """Return since when services are out beyond what ended outages tell already.

        A device may stay silent after the outage of its zone ended, or be archived and asked again:
        to tell that from its start would compensate the same hours twice. Where only some of the
        services were told, it is told from the start, in favour of the customers.

        :param start: moment the silence began
        """
        told = self.search(
            [
                ("subscription_ids", "in", services.ids),
                ("state", "=", "closed"),
                ("evidence_kind", "=", "monitoring"),
                ("date_start", "<=", start),
                ("date_end", ">", start),
            ]
        )
        return max(told.mapped("date_end")) if services <= told.subscription_ids else start
