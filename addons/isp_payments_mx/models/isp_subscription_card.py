from odoo import api, fields, models
from odoo.tools import SQL


class IspSubscription(models.Model):
    """Card payments of a service."""

    _inherit = "isp.subscription"

    card_charge_ids = fields.One2many("isp.card.charge", "subscription_id", readonly=True)

    @api.model
    def _openpay_card_pending_ids(self, ids):
        """Return the services with a card payment that was, or may have been, made and not booked.

        Either its outcome is not known yet, or Openpay said that it succeeded.
        """
        self.env["isp.card.charge"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT charge.subscription_id
                  FROM isp_card_charge charge
                  JOIN res_company company ON company.id = charge.company_id
                 WHERE charge.subscription_id IN %(ids)s
                   AND charge.state != 'paid'
                   AND charge.create_date
                       >= %(now)s - company.isp_pending_hours * INTERVAL '1 hour'
                   AND (charge.outbox_state IN ('sent', 'unknown')
                        OR charge.charge_status = 'completed'
                        OR EXISTS (SELECT 1 FROM isp_payment_event event
                                    WHERE event.charge_id = charge.charge_id
                                      AND event.event_type = 'charge.succeeded'
                                      AND event.outbox_state IN ('ready', 'sent', 'unknown')))
                """,
                ids=tuple(ids),
                now=fields.Datetime.now(),
            )
        )
        return {subscription_id for (subscription_id,) in rows}
