import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown
from odoo.addons.isp_subscription.isolation import reason_of

from .. import const
from .isp_payment_event import BUSY

# What may go wrong with one row without stopping the others.
EXPECTED = (OutboxRetry, OutboxUnknown, OutboxReject, UserError, ValueError, *BUSY)

_logger = logging.getLogger(__name__)


class IspSweepMixin(models.AbstractModel):
    """A charge at Openpay that is asked about until its end is known, for an outbox record.

    A question counts as asked when its answer is booked: whoever is killed before, or gets no
    answer, asks again after `const.AGAIN`, however long the next planned wait is.
    """

    _name = "isp.sweep.mixin"
    _description = "Charge that is asked about"

    checks = fields.Integer(readonly=True, copy=False, help="How often the charge was asked for.")
    next_check_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")

    # === HOOKS === #

    @api.model
    def _sweep_domain(self):
        """Return the records whose charge should be asked about now."""
        raise NotImplementedError

    def _next_check(self, checks):
        """Return when to ask again after ``checks`` times (UTC), False for never."""
        raise NotImplementedError

    def _sweep_ask(self):
        """Return the charge as Openpay knows it now, None when it does not know it."""
        raise NotImplementedError

    def _sweep_book(self, data):
        """Book what Openpay answered."""
        raise NotImplementedError

    def _sweep_end(self):
        """Close what nobody finished; `next_check_at` is the planned one."""
        raise NotImplementedError

    # === BUSINESS METHODS === #

    @api.model
    def _sweep(self, limit=50):
        """Ask about what is due, each record in transactions of its own."""
        cron = self.env["ir.cron"]
        records = self.sudo().search(self._sweep_domain(), limit=limit, order="next_check_at, id")
        cron._commit_progress(remaining=len(records))
        for record in records:
            record = record.try_lock_for_update().filtered_domain(self._sweep_domain())
            if record:
                record = record.with_context(lang=record.company_id._isp_lang())
                record._sweep_safely(record._sweep_one)
            if not cron._commit_progress(1):
                break

    def _sweep_safely(self, look):
        """Call ``look``; somebody who wrote the same record meanwhile stops no other record.

        He has more to say than that it was busy, so nothing is noted: it is asked about again.
        """
        try:
            look()
            self.env.flush_all()
        except BUSY:
            self.env.cr.rollback()
            _logger.info("%s not checked: another process was faster", self)

    def _sweep_one(self):
        """Ask about the charge and book the answer; a failure leaves the record as it is."""
        self.ensure_one()
        planned = self._next_check(self.checks + 1)
        again = fields.Datetime.now() + const.AGAIN
        self.write(
            {
                "checks": self.checks + 1,
                "next_check_at": min(planned, again) if planned else again,
            }
        )
        self._outbox_commit()  # a record that breaks the worker is not the first one next time
        try:
            data = self._sweep_ask()
            if data:
                with self.env.cr.savepoint():
                    self._sweep_book(data)
        except EXPECTED as error:
            self.invalidate_recordset()
            self.last_error = reason_of(error)
            _logger.info("%s not checked: %s", self, type(error).__name__)
            if getattr(error, "code", "") != const.NOT_FOUND:
                return
        # also when Openpay does not know it, of another account or of the sandbox: that is an
        # answer, and nobody will finish it
        self.next_check_at = planned
        self._sweep_end()
