import logging
import time
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import fields, models, modules
from odoo.fields import Domain

from ..const import OUTBOX_BACKOFF_MINUTES
from ..exceptions import OutboxReject, OutboxRetry, OutboxUnknown
from ..isolation import reason_of

_logger = logging.getLogger(__name__)


class IspOutboxMixin(models.AbstractModel):
    """Life of one effect on the outside world.

    The business transaction writes the exact request and the idempotency key, in state
    ``ready``. A worker then locks the row, commits ``sent``, calls, and commits the answer. A
    row found in ``sent`` was interrupted: its outcome is unknown, so the other side is asked
    (``_outbox_recover``) and nothing is ever sent blindly a second time.

    A model that inherits gives ``_outbox_call``, ``_outbox_store`` and ``_outbox_recover``.
    """

    _name = "isp.outbox.mixin"
    _description = "Outbox of an outside effect"

    # Longer than any call to the outside may take, with its own retries; a model whose calls are
    # short sets less, so that an interrupted row is recovered sooner.
    _outbox_lease = timedelta(minutes=10)

    outbox_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("ready", "Ready"),
            ("sent", "Sent"),
            ("unknown", "Outcome unknown"),
            ("done", "Done"),
            ("error", "Error"),
        ],
        string="Delivery",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    idempotency_key = fields.Char(readonly=True, copy=False, index="btree_not_null")
    attempts = fields.Integer(readonly=True, copy=False)
    next_attempt_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    sent_at = fields.Datetime(readonly=True, copy=False)
    last_error_code = fields.Char(readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)

    _idempotency_key_uniq = models.Constraint(
        "UNIQUE(idempotency_key)", "The same effect cannot be ordered twice."
    )

    # === HOOKS OF THE INHERITING MODEL === #

    def _outbox_call(self):
        """Send the stored request and return the answer; no writes to the database here.

        :raise OutboxRetry: nothing was sent
        :raise OutboxUnknown: it may have been carried out
        :raise OutboxReject: it was refused for good
        """
        raise NotImplementedError

    def _outbox_store(self, answer):
        """Store the ``answer`` of ``_outbox_call`` or ``_outbox_recover`` (success)."""
        raise NotImplementedError

    def _outbox_recover(self):
        """Ask the other side what became of a request whose outcome is unknown.

        :return: the answer when it was carried out, ``None`` when it surely was not
        :raise OutboxUnknown: still not known
        """
        raise OutboxUnknown()

    def _outbox_prepare(self, interrupted):
        """Complete the request in the transaction that commits its sending."""

    def _outbox_keep(self, answer):
        """Keep what came in, before anything is read from it."""

    # === BUSINESS METHODS === #

    def _outbox_set_ready(self):
        """Order the effect: from now on a worker may carry it out."""
        for record in self.filtered(lambda rec: rec.outbox_state in ("draft", "error")):
            record.write(
                {
                    "outbox_state": "ready",
                    "next_attempt_at": fields.Datetime.now(),
                    "last_error_code": False,
                    "last_error": False,
                }
            )

    def _outbox_due_domain(self):
        """Return the domain of the rows whose turn has come."""
        return Domain("outbox_state", "in", ("ready", "sent", "unknown")) & (
            Domain("next_attempt_at", "=", False)
            | Domain("next_attempt_at", "<=", fields.Datetime.now())
        )

    def _outbox_process(self, limit=100, deadline=None):
        """Carry out the due rows one by one, each with its own commits.

        :param int limit: most rows of this call
        :param float deadline: `time.monotonic` moment after which no new row is begun
        :return: number of rows handled
        """
        handled = 0
        tried = self.browse()
        while handled < limit and (deadline is None or time.monotonic() < deadline):
            domain = self._outbox_due_domain() & Domain("id", "not in", tried.ids)
            record = self.search(domain, order="next_attempt_at, id", limit=1)
            if not record:
                break
            tried |= record
            if record._outbox_process_one():
                handled += 1
        return handled

    def _outbox_process_one(self):
        """Carry out one row; return whether it was due and not locked by another worker."""
        self.ensure_one()
        record = self._outbox_begin()
        if not record:
            return False
        record._outbox_attempt(record.outbox_state == "unknown")
        record._outbox_commit()
        return True

    def _outbox_begin(self):
        """Lock a row that is due and commit that it is under way; its state is then ``sent``, or
        ``unknown`` when it was interrupted and has to be asked about.

        :return: the row, empty when it is not due or locked by another worker
        """
        self.ensure_one()
        record = self._outbox_lock()
        # What was read before the lock may be what another worker has changed since.
        record.invalidate_recordset()
        record = record.filtered_domain(self._outbox_due_domain())
        if not record:
            return record
        if "company_id" in record._fields and record.company_id:
            record = record.with_context(lang=record.company_id._isp_lang())
        interrupted = record.outbox_state in ("sent", "unknown")
        record._outbox_prepare(interrupted)
        # A worker that dies from here on leaves the row to be recovered after the lease, long
        # enough for any slow call that is still under way.
        record.write(
            {
                "outbox_state": "unknown" if interrupted else "sent",
                "sent_at": record.sent_at if interrupted else fields.Datetime.now(),
                "attempts": record.attempts + 1,
                "next_attempt_at": fields.Datetime.now() + self._outbox_lease,
            }
        )
        record._outbox_commit()
        return record

    def _outbox_lock(self):
        """Lock a row; empty when another worker has it, or had it since this one looked."""
        try:
            with self.env.cr.savepoint():
                return self.try_lock_for_update()
        except SerializationFailure:
            return self.browse()

    def _outbox_attempt(self, interrupted):
        """Call, or ask after an interrupted call, and write down what came out of it."""
        self._outbox_settle(interrupted, self._outbox_recover if interrupted else self._outbox_call)

    def _outbox_settle(self, interrupted, ask):
        """Write down what comes out of ``ask``, which returns or raises as `_outbox_call` does."""
        try:
            answer = ask()
            self._outbox_keep(answer)
            # What goes wrong while storing must not lose the fact that the call was made.
            with self.env.cr.savepoint():
                self._outbox_finish(answer)
        except OutboxRetry as error:
            self._outbox_note("unknown" if interrupted else "ready", error)
        except OutboxUnknown as error:
            self._outbox_note("unknown", error)
        except OutboxReject as error:
            self._outbox_note("error", error.text or str(error), error.code)
        except Exception as error:
            _logger.exception("%s %s: outcome unknown", self._name, self.id)
            self._outbox_note("unknown", error)

    def _outbox_finish(self, answer):
        """Store the answer; a recovery that found nothing makes the row ready again."""
        if answer is None:
            self.write({"outbox_state": "ready", "next_attempt_at": fields.Datetime.now()})
            return
        self._outbox_store(answer)
        self.write(
            {
                "outbox_state": "done",
                "next_attempt_at": False,
                "last_error_code": False,
                "last_error": False,
            }
        )

    def _outbox_note(self, state, error, code=False):
        """Write the failure on the row, with the time of the next attempt unless it is final."""
        again = state != "error" and self._outbox_next_attempt(self.attempts)
        self.write(
            {
                "outbox_state": state,
                "last_error_code": code,
                "last_error": reason_of(error),
                "next_attempt_at": again,
            }
        )
        _logger.info("%s %s: %s", self._name, self.id, state)

    def _outbox_next_attempt(self, attempts):
        """Return when a row is tried again after its ``attempts``-th attempt (UTC)."""
        index = min(attempts, len(OUTBOX_BACKOFF_MINUTES)) - 1
        return fields.Datetime.now() + timedelta(minutes=OUTBOX_BACKOFF_MINUTES[index])

    def _outbox_commit(self):
        """Commit what was decided so far, so that no later failure can undo it."""
        self.env.flush_all()
        if not modules.module.current_test:
            # The whole point of an outbox: the decision must survive whatever the call does.
            self.env.cr.commit()  # pylint: disable=invalid-commit
