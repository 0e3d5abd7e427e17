import logging
import time
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import float_round

from ..const import BILLABLE_STATES
from ..const import BILLING_BATCH_SIZE as BATCH_SIZE
from ..isolation import reason_of

_logger = logging.getLogger(__name__)

# Two transactions met on the same rows: the later one starts its chunk again.
RETRY_CODES = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock not available
MOST_TRIES = 5
LOCKED_RETRY = timedelta(minutes=2)


class IspSubscription(models.Model):
    """The billing run: chunks, one savepoint each, the failing record found and reported."""

    _inherit = "isp.subscription"

    # === CRON === #

    @api.model
    def _cron_billing_run(self):
        """Bill every due period of every company, then apply credits.

        A company whose runs wait for a confirmation (`isp.run`) is left out.
        """
        subscriptions = self.with_context(isp_auto_run=True)
        subscriptions._isp_run_companies(subscriptions, "_run_billing")

    # === BUSINESS METHODS === #

    @api.model
    def _run_billing(self, date, company, limit=None):
        """Bill all the periods of ``company`` due on ``date``, in chunks with a commit each.

        Safe to repeat and to interrupt: what was committed is no longer due. Safe beside another
        run or a payment: services that somebody else works on are passed over and taken at the
        end; those still locked then are left for the next run.

        :param int limit: stop after this many subscriptions
        :return: the figures of the run, empty when the time of the cron was used up
        """
        started = time.monotonic()
        run = self.env["isp.run"]._isp_start(company, "billing", date)
        self.env["ir.cron"]._commit_progress(0)  # a chunk that is rolled back keeps its run
        work = self.with_context(isp_run_id=run.id)
        figures = {"subscriptions": 0, "invoices": 0, "failed": 0}
        domain, locked, still = work._get_due_domain(date, company), [], []
        finished = work._run_billing_pass(run, date, domain, limit, figures, locked)
        if finished and locked:
            domain &= Domain("id", "in", locked)
            finished = work._run_billing_pass(run, date, domain, limit, figures, still)
        run._isp_close("done" if finished else "interrupted")
        self.env["ir.cron"]._commit_progress(0)
        if still:
            self._isp_retry_locked(len(still))
        if figures["invoices"]:
            self._isp_wake_collection()
        figures["seconds"] = round(time.monotonic() - started, 3)
        _logger.info("Billing run of %s on %s: %s", company.name, date, figures)
        return figures if finished else {}

    @api.model
    def _run_billing_pass(self, run, date, domain, limit, figures, locked):
        """Go once through the services of ``domain``; add to ``figures`` and ``locked``.

        :return: whether it came to the end before the time of the cron was used up
        """
        last_id, remaining = 0, self.search_count(domain)
        while limit is None or figures["subscriptions"] < limit:
            left = BATCH_SIZE if limit is None else limit - figures["subscriptions"]
            size = min(BATCH_SIZE, left)
            chunk = self.search(domain & Domain("id", ">", last_id), order="id", limit=size)
            if not chunk:
                break
            last_id = chunk[-1].id
            done = chunk._bill_claimed(run, date, domain, locked)
            for name, value in done.items():
                figures[name] += value
            remaining = max(remaining - len(chunk), 0)
            if not self.env["ir.cron"]._commit_progress(len(chunk), remaining=remaining):
                return False
        return True

    def _bill_claimed(self, run, date, domain, locked):
        """Bill those of the chunk that nobody else has locked; the others go to ``locked``.

        The lock makes two runs share the work instead of meeting on the unique index. Where two
        transactions meet all the same, this one is rolled back and starts its chunk again.

        :return: the figures of the chunk
        """
        ids = self.ids
        for attempt in range(1, MOST_TRIES + 1):
            started = time.monotonic()
            try:
                mine = self.browse(ids).try_lock_for_update(allow_referencing=True)
                if attempt > 1:
                    mine = mine.filtered_domain(domain)  # what the other one billed is not due
                moves, failed = mine._bill_chunk(date)
                done = {"subscriptions": len(mine), "invoices": len(moves), "failed": len(failed)}
                amount = float_round(sum(moves.mapped("amount_total")), precision_digits=2)
                run._isp_add(time.monotonic() - started, amount=amount, **done)
            except OperationalError as error:
                if error.pgcode not in RETRY_CODES or attempt == MOST_TRIES:
                    raise
                _logger.info("Chunk of the billing run starts again: %s", error.pgcode)
                self.env.cr.rollback()
                continue
            locked += set(ids) - set(mine.ids)
            return done

    @api.model
    def _isp_retry_locked(self, count):
        """Start the automatic run again soon for services that stayed locked all the time."""
        _logger.info("%s services were locked and are billed by the next run", count)
        cron = self.env.ref("isp_subscription.ir_cron_billing_run", raise_if_not_found=False)
        if cron and self.env.context.get("isp_auto_run"):
            cron.sudo()._trigger(at=fields.Datetime.now() + LOCKED_RETRY)

    @api.model
    def _isp_wake_collection(self):
        """Let notices and cut-off of the day look again.

        With two workers of the scheduler they may have run while these bills were being made.
        """
        if not self.env.context.get("isp_auto_run"):
            return
        for name in ("ir_cron_notices", "ir_cron_cutoff"):
            cron = self.env.ref(f"isp_subscription.{name}", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()

    def _get_due_domain(self, date, company):
        """Return the domain of the services that may have a period due on ``date``."""
        not_failed_today = Domain("billing_error_date", "=", False) | Domain(
            "billing_error_date", "<", date
        )
        states = company._isp_billable_states(BILLABLE_STATES)
        if company.isp_suspended_billing == "ahead":
            states.append("suspended")
        return (
            self._get_due_date_domain(date, company)
            & Domain("state", "in", states)
            & not_failed_today
        )

    def _get_due_date_domain(self, date, company):
        """Return the domain of the services with a day to bill on ``date``, in any state."""
        prepaid = Domain("billing_mode", "=", "prepaid") & Domain(
            "next_billing_date", "<=", date + timedelta(company.isp_lead_days)
        )
        postpaid = Domain("billing_mode", "=", "postpaid") & Domain(
            "next_billing_date", "<=", date - timedelta(1)
        )
        return Domain("company_id", "=", company.id) & (prepaid | postpaid)

    def _bill_chunk(self, date):
        """Bill the chunk in one savepoint; when it fails, divide it down to the culprit.

        :return: ``(posted invoices, failed subscriptions)``
        """
        if not self:
            return self.env["account.move"], self
        failures = {}
        try:
            with self.env.cr.savepoint():
                moves = self._bill_due(date, failures)
                moves.flush_recordset()
        except OperationalError:
            # Lost connection, serialization: not the fault of a record, the chunk is repeated.
            raise
        except Exception as error:  # noqa: BLE001 one bad record must never stop the others
            if len(self) == 1:
                self._note_billing_error(date, error)
                return self.env["account.move"], self
        else:
            if failures:
                self._note_billing_errors(date, failures)
            return moves, self.browse(subscription.id for subscription in failures)
        moves, failed = self.env["account.move"], self.browse()
        for part in self._isp_divide():
            more_moves, more_failed = part._bill_chunk(date)
            moves, failed = moves | more_moves, failed | more_failed
        return moves, failed

    def _isp_divide(self):
        """Return two parts of a chunk that failed: what is odd apart from the many alike.

        A service fails alone mostly because its customer or plan is set up in another way.
        """
        alike = self.grouped(
            lambda sub: (
                sub.plan_id,
                sub.price_total,
                sub.partner_id.sudo()._isp_billing_traits(sub.company_id),
            )
        )
        many = max(alike.values(), key=len)
        if len(alike) > 1 and 2 * len(many) >= len(self):
            return many, self - many
        half = len(self) // 2
        return self[:half], self[half:]

    def _bill_due(self, date, failures=None):
        """Bill every due period, one invoice per period, dated by rule; apply credits.

        :param dict failures: takes ``{subscription: error}`` of those that cannot be billed
        """
        plan = self._isp_billing_plan(date)
        moves = self.env["account.move"]
        if plan:
            moves = self._isp_invoice(plan, date, failures=failures)
        recovered = self.filtered(lambda sub: sub.billing_error and sub not in (failures or ()))
        if recovered:
            recovered.write({"billing_error": False, "billing_error_date": False})
            recovered.activity_unlink(["isp_subscription.mail_activity_billing_error"])
        moves.isp_subscription_ids._apply_credit()
        return moves

    def _note_billing_error(self, date, error):
        """Write the error on the record and its run, with one open activity for billing."""
        self.ensure_one()
        self._note_billing_errors(date, {self: error})

    @api.model
    def _note_billing_errors(self, date, errors):
        """Write down what went wrong with several services, in a few queries for all of them.

        :param dict errors: ``{subscription: error}``
        """
        texts = {sub: reason_of(error) for sub, error in errors.items()}
        for subscription, text in texts.items():
            _logger.info("Billing of %s failed: %s", subscription.name, text)
            quiet = subscription.with_context(mail_notrack=True)
            quiet.write({"billing_error": text, "billing_error_date": date})
        if run_id := self.env.context.get("isp_run_id"):
            self.env["isp.run.line"].sudo().create(
                [
                    {"run_id": run_id, "subscription_id": sub.id, "action": "fail", "reason": text}
                    for sub, text in texts.items()
                ]
            )
        self._isp_ask_for_mending(date, texts)

    @api.model
    def _isp_ask_for_mending(self, date, texts):
        """Open an activity for each service with an error that has none."""
        kind = self.env.ref("isp_subscription.mail_activity_billing_error")
        activities = self.env["mail.activity"].sudo()
        ids = [subscription.id for subscription in texts]
        known = activities.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", ids),
                ("activity_type_id", "=", kind.id),
            ]
        )
        asked = set(known.mapped("res_id"))
        # Shown in the list of activities; a mail for each would bury a broken plan's one cause.
        activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": subscription.id,
                    "activity_type_id": kind.id,
                    "summary": kind.summary,
                    "note": text,
                    "automated": True,
                    "date_deadline": date,
                    "user_id": subscription._isp_mender().id,
                }
                for subscription, text in texts.items()
                if subscription.id not in asked
            ]
        )

    def _isp_mender(self):
        """Return who is asked to mend this service: who made it, or who runs this."""
        self.ensure_one()
        maker = self.create_uid
        return maker if maker.active and maker._is_internal() else self.env.user
