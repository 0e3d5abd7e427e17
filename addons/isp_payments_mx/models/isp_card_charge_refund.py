from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.isolation import reason_of

from .. import const
from ..services import refunds
from ..services.aftercare import next_look
from .isp_sweep_mixin import EXPECTED


class IspCardCharge(models.Model):
    """Money of a paid charge that went back, and the looks that find what no message told."""

    _inherit = "isp.card.charge"

    refund_ids = fields.One2many("isp.payment.refund", "charge_id", string="Refunds", readonly=True)
    aftercare_at = fields.Datetime(
        string="Looked at again",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Refunds and disputes whose message was lost are found by reading the charge again.",
    )
    aftercare_looks = fields.Integer(readonly=True, copy=False)

    # === CRONS === #

    @api.model
    def _cron_work(self, limit=50):
        """Extend: refunds first, then charges that were paid some time ago."""
        self.env["isp.payment.refund"]._cron_work(limit)
        res = super()._cron_work(limit)
        self._look_after(limit)
        return res

    @api.model
    def _look_after(self, limit=50):
        """Ask Openpay what became of paid charges whose turn it is."""
        due = [("aftercare_at", "<=", fields.Datetime.now())]
        charges = self.sudo().search(due, limit=limit, order="aftercare_at, id")
        self.env["ir.cron"]._commit_progress(remaining=len(charges))
        for charge in charges:
            charge = charge.try_lock_for_update().filtered_domain(due)
            if charge:
                charge = charge.with_context(lang=charge.company_id._isp_lang())
                charge._sweep_safely(charge._look_after_one)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # === ACTION METHODS === #

    def action_refund(self):
        """Button of managers: give the payment of this charge back, or a part of it.

        :raise UserError: no payment was booked
        """
        self.ensure_one()
        self.env["isp.payment.refund"]._check_manager()
        payment = self.sudo().transaction_id.payment_id.with_env(self.env)
        if not payment:
            raise UserError(self.env._("This charge is not booked: there is nothing to give back."))
        return payment.action_refund_wizard()

    # === BUSINESS METHODS: LOOKING AGAIN === #

    def _look_after_one(self):
        """Read the charge and note what happened to it; a failure leaves it for the next look."""
        self.ensure_one()
        self.write(
            {
                "aftercare_at": fields.Datetime.now() + const.AGAIN,
                "aftercare_looks": self.aftercare_looks + 1,
            }
        )
        self._outbox_commit()  # a row that breaks the worker is not the first one next time
        try:
            data = self._read_again()
            if data:
                with self.env.cr.savepoint():
                    self._book(data)
        except EXPECTED as error:
            self.invalidate_recordset()
            self.last_error = reason_of(error)
            if getattr(error, "code", "") != const.NOT_FOUND:
                return
        # also when Openpay does not know it: of another account, or of the sandbox
        self.aftercare_at = self._next_look()

    def _next_look(self):
        """Return when the charge is read again (UTC), False for never.

        A dispute that is open is asked about every day.
        """
        now = fields.Datetime.now()
        if self.dispute_state == "open":
            return now + timedelta(days=1)
        days = self.company_id.isp_dispute_days
        return next_look(self.charge_created or self.create_date, now, days) or False

    def _note_charge(self, charge, data=None):
        """Extend: what was paid is looked after from now on."""
        res = super()._note_charge(charge, data)
        if charge.was_paid:
            for record in self.filtered(lambda row: not row.aftercare_looks):
                record.aftercare_at = record.aftercare_at or record._next_look()
        return res

    # === BUSINESS METHODS: REFUNDS === #

    def _note_refunded(self, data):
        """Override: note each refund that the charge shows, whoever ordered it, and book it."""
        for shown in refunds.read_refunds(data):
            found = self.refund_ids.filtered(lambda row, shown=shown: row.openpay_id == shown.id)
            if not found:
                found = self._claim_refund(shown)
                found._note_given(shown)
            found._book_safely()
        self._sum_refunds()

    def _claim_refund(self, shown):
        """Return the row of a refund: the order it answers, else a new one for the dashboard's."""
        waiting = self.refund_ids.filtered(
            lambda row: (
                row.kind == "card"
                and not row.openpay_id
                and (row.outbox_state in ("sent", "unknown") or row.last_error_code)
            )
        )
        index = refunds.answered(shown, [row._as_order() for row in waiting])
        return waiting[index] if index is not None else self._make_refund(shown)

    def _make_refund(self, shown):
        """Return the row of a refund that was made in Openpay's dashboard."""
        source, amount = self.transaction_id, float(shown.amount)
        rows = self.env["isp.payment.refund"].sudo()
        return rows.create(
            {
                "name": self.company_id._isp_next_number("isp.payment.refund"),
                "kind": "card",
                "origin": "openpay",
                "payment_id": source.payment_id.id,
                "charge_id": self.id,
                "transaction_id": source._create_child_transaction(amount, is_refund=True).id,
                "provider_id": self.provider_id.id,
                "company_id": self.company_id.id,
                "currency_id": self.currency_id.id,
                "partner_id": self.partner_id.id,
                "subscription_id": self.subscription_id.id,
                "amount": amount,
                "reason": shown.description[:250],
                "outbox_state": "done",
            }
        )

    def _sum_refunds(self):
        """Write how much of the charge was given back."""
        for charge in self:
            done = charge.refund_ids.filtered(
                lambda row: row.state == "done" and row.kind == "card"
            )
            charge.amount_refunded = sum(done.mapped("amount"))

    def _refund_window_is_over(self):
        """Return whether the company gives nothing so old back to a card."""
        self.ensure_one()
        days = self.company_id.isp_refund_days
        paid_at = self.transaction_id.isp_paid_at or self.create_date
        return fields.Datetime.now() > paid_at + timedelta(days=days)

    @api.model
    def _aftermath_differs(self, charge, record):
        """Return whether Openpay's list says something of a charge that is not noted here.

        :param charge: `services.wire.Charge`
        :param record: our row of it, empty when we have none
        """
        if not record:
            return True
        if charge.status == refunds.REFUNDED:
            return record.currency_id.compare_amounts(record.amount_refunded, record.amount) < 0
        return record.dispute_state != const.DISPUTES.get(charge.status) and (
            record.dispute_state != "lost"
        )
