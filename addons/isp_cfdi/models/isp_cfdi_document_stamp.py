import time
from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.isp_subscription.exceptions import OutboxRetry, OutboxUnknown

from ..const import BATCH, STALE_CODES, STALE_HOURS
from ..services.errors import CfdiError
from ..services.pac.base import (
    PacAuth,
    PacError,
    PacNotStamped,
    PacReject,
    PacTransient,
    StampAnswer,
)
from ..services.postal import to_utc
from ..services.tfd import parse_tfd
from ..services.verify import stamped_problems
from ..services.xmlio import sha256

#: FechaTimbrado is written in the time of Mexico City, whatever the issuer's zone.
STAMP_ZONE = "America/Mexico_City"
SECONDS = 45


@dataclass
class Rejected:
    """A definite no of the PAC, with its raw answer."""

    code: str
    text: str
    raw: bytes


class IspCfdiDocument(models.Model):
    """Phase 2, the worker: one document per transaction, the same bytes until it is settled."""

    _inherit = "isp.cfdi.document"

    # === OUTBOX === #

    def _outbox_call(self):
        """Send the stored bytes; a definite no comes back as ``Rejected``."""
        return self._isp_ask_pac("stamp")

    def _outbox_recover(self):
        """Ask the PAC what became of the same bytes; None when it surely stamped nothing."""
        return self._isp_ask_pac("recover")

    def _isp_ask_pac(self, operation):
        """Call the PAC and translate its errors into what is known about the outcome."""
        self.ensure_one()
        pac = self._isp_pac()
        if not pac.active:
            raise OutboxRetry(self.env._("The company has no PAC account."))
        adapter = pac._isp_adapter()
        xml, key = self._isp_xml(), self.idempotency_key
        try:
            return getattr(adapter, operation)(xml, key)
        except PacReject as error:
            return Rejected(error.code, error.text, error.raw)
        except PacNotStamped:
            return None
        except (PacTransient, PacAuth) as error:
            raise OutboxRetry(str(error)) from error
        except PacError as error:
            unknown = OutboxUnknown(str(error))
            unknown.raw = error.raw
            raise unknown from error

    def _outbox_finish(self, answer):
        """Extend the mixin: keep the raw answer before anything is read from it."""
        if answer is None:
            return super()._outbox_finish(answer)
        self._isp_keep_answer(answer.raw)
        if isinstance(answer, Rejected):
            return self._outbox_note("error", answer.text, answer.code)
        problems = self._isp_answer_problems(answer)
        if problems:
            return self._outbox_note("unknown", "\n".join(problems), "MISMATCH")
        return super()._outbox_finish(answer)

    def _outbox_store(self, answer: StampAnswer):
        """Store the stamped bytes exactly as they came."""
        stamp = parse_tfd(answer.xml)
        attachment = self._isp_store_file(f"{stamp.uuid}.xml", answer.xml)
        stamped_at = to_utc(stamp.stamped_at, None, STAMP_ZONE).replace(tzinfo=None)
        self.write(
            {
                "uuid": stamp.uuid,
                "pac_id": self._isp_pac().id,
                "stamped_at": stamped_at,
                "stamped_attachment_id": attachment.id,
                "stamped_sha256": sha256(answer.xml),
                "sat_next_check_at": fields.Datetime.now() + timedelta(hours=20),
            }
        )
        self._isp_clear_problems()
        self._isp_on_stamped()

    def _outbox_note(self, state, error, code=False):
        """Extend the mixin: keep raw answers, rebuild what grew too old, tell somebody."""
        self._isp_keep_answer(getattr(error, "raw", b""))
        super()._outbox_note(state, error, code)
        if state != "error":
            self._isp_alert_old()
        elif code in STALE_CODES and self._isp_is_stale():
            # The PAC stamped nothing and never will: a new Fecha is the only way.
            self._isp_build()
        else:
            self._isp_activity(self.env._("The PAC rejected the CFDI"), f"{code}: {error}")

    # === BUSINESS METHODS === #

    def _isp_pac(self):
        """Return the account the document belongs to: never another one once it was built."""
        self.ensure_one()
        return self.pac_id or self.pac_id._isp_for_company(self.company_id)

    def _isp_on_stamped(self):
        """Hook: the document has just got its UUID. Must not call the outside world."""

    def _isp_answer_problems(self, answer):
        """Return why the answer is not our document plus a stamp."""
        try:
            return stamped_problems(self._isp_xml(), answer.xml)
        except CfdiError as error:
            return [str(error)]

    def _isp_is_stale(self):
        """Return whether the Fecha is too old for any PAC."""
        return fields.Datetime.now() - self.issued_at > timedelta(hours=STALE_HOURS)

    def _isp_alert_old(self):
        """Tell somebody when a document waits for a day (the limit is three)."""
        if fields.Datetime.now() - self.issued_at > timedelta(hours=24):
            self._isp_activity(
                self.env._("The CFDI has waited for its stamp for a day"), self.last_error
            )

    def _isp_keep_answer(self, raw):
        """Keep a raw answer as it came; it carries no credentials."""
        if raw:
            name = f"pac_{self.attempts:03d}_{fields.Datetime.now():%Y%m%dT%H%M%S}.txt"
            self._isp_store_file(name, raw, "text/plain")

    @api.model
    def _isp_trigger(self, at=None):
        """Wake the worker now, or at a moment (UTC)."""
        self.env.ref("isp_cfdi.ir_cron_stamp").sudo()._trigger(at=at)

    @api.model
    def _cron_stamp(self):
        """Stamp what is due, in its own transactions; come back when the next one is due."""
        deadline = time.monotonic() + SECONDS
        handled = self._outbox_process(limit=BATCH, deadline=deadline)
        remaining = self.search_count(self._outbox_due_domain(), limit=BATCH)
        self.env["ir.cron"]._commit_progress(handled, remaining=remaining if handled else 0)
        waiting = self.search(
            [
                ("outbox_state", "in", ("ready", "sent", "unknown")),
                ("next_attempt_at", "!=", False),
            ],
            order="next_attempt_at",
            limit=1,
        )
        if waiting and not remaining:
            self._isp_trigger(at=waiting.next_attempt_at)
