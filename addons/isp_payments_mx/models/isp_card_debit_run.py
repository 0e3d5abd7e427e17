import logging

from psycopg2 import IntegrityError, OperationalError

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.isp_subscription.isolation import reason_of

from .. import const
from ..services.charge_day import earliest_charge
from ..services.dunning import chargeable
from .isp_card_debit import DUE_STATES
from .isp_sweep_mixin import EXPECTED

_logger = logging.getLogger(__name__)


class IspCardDebit(models.Model):
    """Charging: one attempt at a time, written down and committed before the bank is asked."""

    _inherit = "isp.card.debit"

    # === CRON === #

    @api.model
    def _cron_charge(self):
        """Charge what is due today, within the hours of each company, and note what came of it."""
        services = self.env["isp.subscription"].with_context(isp_auto_run=True)
        services._isp_run_companies(self, "_run_charge")

    # === BUSINESS METHODS === #

    @api.model
    def _run_charge(self, date, company):
        """Charge what ``company`` is to charge on ``date``; commits before and after each call.

        Safe to repeat, to interrupt and beside another run: who has the lock of the service makes
        the attempt, and an attempt that exists is never made again.

        :return: False when the time of the cron was used up
        """
        is_open = company._isp_debit_window().holds(fields.Datetime.now())
        waiting = self.search(self._isp_work_domain(company, date, is_open), order="next_date, id")
        self.env["ir.cron"]._commit_progress(remaining=len(waiting))
        for debit in waiting:
            debit._isp_work_safely(date, is_open)
            if not self.env["ir.cron"]._commit_progress(1):
                return False
        return True

    @api.model
    def _isp_work_domain(self, company, date, is_open):
        """Return what there is to do: attempts to make, to look after, and those that paid late.

        :param bool is_open: whether it is an hour in which cards are charged
        """
        todo = Domain("state", "=", "charging")
        if is_open:
            todo |= Domain("state", "in", DUE_STATES) & Domain("next_date", "<=", date)
        # Given up, or tried again another day, and then the bank accepted it after all.
        late = Domain("state", "not in", ("charging", "paid")) & Domain(
            "charge_ids.state", "=", "paid"
        )
        return Domain("company_id", "=", company.id) & (todo | late)

    def _isp_work_safely(self, date, is_open):
        """Note what the last attempt came to, make the next one; an error stops nobody else."""
        self.ensure_one()
        try:
            self._isp_work(date, is_open)
        except (OperationalError, IntegrityError):
            # Another process was faster: its attempt is the one that counts.
            self.env.cr.rollback()
            _logger.info("Direct debit %s: another process works on it", self.id)
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("Direct debit %s failed", self.id)
            self.reason = reason_of(error)

    def _isp_work(self, date, is_open):
        """Carry one charge a step further; every step is committed before the next one."""
        if not self._isp_claim():
            return
        self._isp_digest()
        if not is_open or self.state not in DUE_STATES or not self.next_date:
            return
        if self.next_date > date or self._isp_wait(date) or not self._isp_ask_references():
            return
        # Asking took a moment, without the lock: look at everything again.
        if not self._isp_claim() or self.state not in DUE_STATES or self._isp_wait(date):
            return
        charge = self._isp_attempt(date)
        charge._outbox_commit()
        charge._outbox_process_one()
        self.env.invalidate_all()
        if self._isp_claim():
            self._isp_digest()

    def _isp_claim(self):
        """Lock the service and this charge; return whether they are ours.

        First statement of its transaction, so that what others committed before is seen.
        """
        self.ensure_one()
        self.env["isp.card.charge"]._outbox_commit()
        self.env.invalidate_all()
        service = self.subscription_id.try_lock_for_update(allow_referencing=True)
        return bool(service and self.try_lock_for_update(allow_referencing=True))

    def _isp_wait(self, date):
        """Return whether no attempt may be made now; write down why, or that it is over."""
        obstacle = self._isp_obstacle(date)
        if obstacle and obstacle != self.reason:
            self.reason = obstacle
        return bool(obstacle)

    def _isp_obstacle(self, date):
        """Return why the card is not charged now, in words for the staff, or an empty text."""
        _ = self.env._
        mandate = self.mandate_id
        if mandate.state != "active":
            return _("The direct debit is not active.")
        if not mandate.token_id.active:
            return _("The card is not stored any more.")
        if mandate.token_id.provider_id.state not in ("enabled", "test"):
            return _("The Openpay account is switched off.")
        if self._isp_is_superseded(date):
            self._isp_close("failed")
            return _("The charge of a newer period took its place.")
        if self.subscription_id._has_pending_payment():
            return _("Another payment is in process.")
        if self._isp_customer_is_paying():
            return _("The customer is paying by card at this moment.")
        if self._isp_tried_on(date):
            return _("The card was tried today already.")
        return self._isp_notice_obstacle(date) or self._isp_amount_obstacle()

    def _isp_card_payments(self, *states):
        """Return the card payments of the service that its customer began himself."""
        return self.env["isp.card.charge"].search(
            [
                ("subscription_id", "=", self.subscription_id.id),
                ("mode", "!=", "stored"),
                ("state", "in", states),
            ]
        )

    def _isp_customer_is_paying(self):
        """Return whether he has a page of his bank or of Openpay open: he may finish any moment."""
        waiting = self._isp_card_payments("preparing", "pending")
        return any(not charge._is_overdue() for charge in waiting)

    def _isp_notice_obstacle(self, date):
        """Return why the notice does not allow a charge today, or an empty text."""
        told = self._isp_told_on()
        if told is None:
            return self.env._("The customer has not been told yet.")
        day = earliest_charge(self.next_date, told, self.company_id.isp_debit_notice_days)
        if day <= date:
            return ""
        self.next_date = day
        return self.env._("The notice is not old enough yet.")

    def _isp_amount_obstacle(self):
        """Return that nothing is owed any more, or an empty text."""
        if self._isp_amount_now() > 0:
            return ""
        self._isp_close("settled")
        return self.env._("It was paid another way.")

    def _isp_amount_now(self):
        """Return what may be charged now: the debt, never above limit and notice."""
        self.ensure_one()
        residual = self.subscription_id._isp_debit_residual(self.date_due)
        return float(chargeable(residual, self.mandate_id.amount_cap, self.amount))

    def _isp_is_superseded(self, date):
        """Return whether the turn of a newer period of the service has come."""
        newer = [
            ("subscription_id", "=", self.subscription_id.id),
            ("period_start", ">", self.period_start),
            ("charge_date", "<=", date),
            ("state", "not in", ("cancelled", "settled")),
        ]
        return bool(self.search_count(newer, limit=1))

    def _isp_tried_on(self, date):
        """Return whether a card of the service was tried on ``date``."""
        own = [("subscription_id", "=", self.subscription_id.id), ("attempt_date", "=", date)]
        return bool(self.env["isp.card.charge"].search_count(own, limit=1))

    def _isp_close(self, state):
        """End the charge in ``state``: nothing more is tried."""
        self.write({"state": state, "next_date": False})

    def _isp_ask_references(self):
        """Book what the customer paid himself and whose message was lost: references, cards.

        :return: False when Openpay does not answer: no card is charged without knowing
        """
        vouchers = self.env["isp.payment.voucher"].search(
            [
                ("subscription_id", "=", self.subscription_id.id),
                # also one whose time is over and that Openpay has not closed
                ("state", "in", ("pending", "expired")),
                ("charge_status", "in", const.STATUS_MAPPING["pending"]),
                ("next_check_at", "!=", False),
            ]
        )
        # of somebody who left the page of his bank, perhaps after he had paid
        cards = self._isp_card_payments("pending", "expired").filtered("next_check_at")
        asked = [(row.provider_id, row.charge_id, "") for row in vouchers]
        asked += [
            (row.provider_id, row.charge_id, row.customer_ref or "")
            for row in cards
            if row.charge_id
        ]
        self.env["isp.card.charge"]._outbox_commit()  # no lock is held while we ask
        return all(self._isp_ask_charge(*question) for question in asked)

    def _isp_ask_charge(self, provider, charge_id, customer_ref):
        """Read a charge and book what became of it; return whether it is known."""
        try:
            data = provider._openpay_get_charge(charge_id, customer_ref)
            with self.env.cr.savepoint():
                self.env["payment.transaction"]._openpay_receive(provider, data)
        except EXPECTED as error:
            self.env.invalidate_all()
            if getattr(error, "code", "") == const.NOT_FOUND:
                return True  # what Openpay does not know was not paid
            self.reason = reason_of(error)
            return False
        return True

    # === BUSINESS METHODS: THE ATTEMPT === #

    def _isp_attempt(self, date):
        """Write down the next attempt, ready to be sent; nothing is sent.

        :return: the ``isp.card.charge``
        """
        self.ensure_one()
        service, mandate = self.subscription_id, self.mandate_id
        tx = service._isp_debit_transaction(mandate.token_id, self._isp_amount_now())
        charge = self.env["isp.card.charge"]._create_for(
            tx, "stored", token=mandate.token_id, description=service._openpay_concept()
        )
        charge.write(
            {
                "mandate_id": mandate.id,
                "debit_id": self.id,
                "attempt": max(self.charge_ids.mapped("attempt"), default=0) + 1,
                "attempt_date": date,
            }
        )
        self.write({"state": "charging", "next_date": False, "reason": False})
        return charge
