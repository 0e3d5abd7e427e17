from odoo import api, fields, models
from odoo.exceptions import UserError
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

    # === BUSINESS METHODS: PAYING BY CARD === #

    def _openpay_card_mode(self):
        """Return where the customer types his card ("hosted", "inline"), "" when nowhere.

        The form in the portal needs the public key; without it Openpay's page is used.
        """
        self.ensure_one()
        if not self._openpay_method("card"):
            return ""
        mode = self.company_id.sudo().isp_card_mode
        if mode == "inline" and not self._openpay_provider().openpay_public_key:
            return "hosted"
        return mode

    def _openpay_start_card(self, quote, mode, start_token, **values):
        """Return the attempt to charge a card for a quote, made now if there is none.

        Nothing is sent. An attempt that is under way is returned instead of a new one, whoever
        began it: two tabs, two presses and a request that is run again make one charge.

        :param dict quote: what ``_get_payment_quote`` returned
        :param str mode: "inline" or "hosted"
        :param str start_token: mark of the press of a button
        :param values: ``source_id``, ``device_session_id``, ``payer_ip`` of `isp.card.charge`
        :raise UserError: the method is not offered, or there is nothing to pay
        """
        self.ensure_one()
        charges_sudo = self.env["isp.card.charge"].sudo()
        found = self._openpay_find_card(start_token)
        if not found:
            self._openpay_wait_turn()
            found = self._openpay_find_card(start_token)
        if found:
            return found
        method = self._openpay_method("card")
        if not method or quote["total"] <= 0:
            raise UserError(self.env._("This way to pay is not available now."))
        tx = self._openpay_create_transaction(quote, method)
        if mode == "inline":
            tx.operation = "online_direct"
        return charges_sudo._create_for(
            tx,
            mode,
            start_token=start_token,
            description=self._openpay_concept(quote.get("plan")),
            **values,
        )

    def _openpay_find_card(self, start_token):
        """Return the attempt of a press of a button, else the one that is under way."""
        charges_sudo = self.env["isp.card.charge"].sudo()
        domain = [("start_token", "=", start_token), ("subscription_id", "=", self.id)]
        return charges_sudo.search(domain, limit=1) or self._openpay_live_card()

    def _openpay_live_card(self):
        """Return the attempt that is under way; one nobody finished in time is closed."""
        charges_sudo = self.env["isp.card.charge"].sudo()
        live = charges_sudo.search(
            [("subscription_id", "=", self.id), ("state", "in", ("preparing", "pending"))]
        )
        overdue = live.filtered(lambda row: row.state == "pending" and row._is_overdue())
        overdue._abandon()
        overdue.flush_recordset()
        return (live - overdue)[:1]
