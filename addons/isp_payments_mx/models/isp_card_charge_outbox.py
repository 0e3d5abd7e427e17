from odoo import api, fields, models

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxUnknown

from .. import const
from ..services import wire
from .payment_provider import OpenpayDuplicate


class IspCardCharge(models.Model):
    """The call of an attempt, and how its end is found out when the answer is lost."""

    _inherit = "isp.card.charge"

    # === CRONS === #

    @api.model
    def _cron_work(self, limit=50):
        """Send and recover what is due, then ask about charges whose end may have been missed."""
        charges_sudo = self.sudo()
        handled = charges_sudo._outbox_process(limit=limit)
        due = charges_sudo.search_count(self._outbox_due_domain())
        self.env["ir.cron"]._commit_progress(handled, remaining=due)
        self._sweep(limit)
        self.env["isp.card.registration"]._cron_work(limit)

    # === BUSINESS METHODS: OUTBOX === #

    def _charges_path(self):
        """Return the path of charges: below the customer when the card belongs to one."""
        return f"customers/{self.customer_ref}/charges" if self.customer_ref else "charges"

    def _outbox_call(self):
        """Charge the card; an order_id that exists already is the answer of an earlier call."""
        charge_sudo = self.sudo()
        self.provider_id._openpay_check_open()
        try:
            return self._checked(
                self.provider_id._openpay_request(
                    "POST",
                    self._charges_path(),
                    body=charge_sudo.request_body,
                    reference=self.transaction_id.reference,
                    payer_ip=charge_sudo.payer_ip,
                )
            )
        except OpenpayDuplicate as duplicate:
            found = self._find_at_openpay()
            if found is None:
                raise OutboxUnknown(str(duplicate)) from duplicate
            return found

    def _outbox_recover(self):
        """Ask what became of the attempt; it is never sent a second time.

        :raise OutboxReject: Openpay does not know it although it had time enough
        """
        found = self._find_at_openpay()
        if found is not None:
            return found
        age = fields.Datetime.now() - (self.sent_at or self.create_date)
        if age < const.CARD_SETTLE:
            raise OutboxUnknown("not found yet")
        raise OutboxReject(const.CARD_NOT_FOUND)

    def _find_at_openpay(self):
        """Return the charge with this attempt's order_id, None when there is none.

        :raise OutboxReject: the charge found is not what was asked for
        """
        found = self.provider_id._openpay_request(
            "GET", self._charges_path(), params={"order_id": self.idempotency_key}
        )
        if not isinstance(found, list):
            raise OutboxUnknown("not a list")
        charges = [data for data in found if data.get("order_id") == self.idempotency_key]
        return self._checked(charges[0]) if charges else None

    def _checked(self, data):
        """Return the answer when it is the charge that was asked for.

        :raise OutboxUnknown: it is not a charge
        :raise OutboxReject: it is another charge
        """
        try:
            charge = wire.parse_charge(data)
        except wire.WireError as error:
            raise OutboxUnknown(str(error)) from error
        difference = wire.mismatch(charge, self.sudo().request_body)
        if difference:
            raise OutboxReject("order_id", difference)
        return data
