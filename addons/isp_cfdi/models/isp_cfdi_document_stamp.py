from dataclasses import dataclass
from datetime import timedelta

from odoo import fields, models

from odoo.addons.isp_subscription.exceptions import OutboxRetry, OutboxUnknown

from ..const import STALE_CODES
from ..services.errors import CfdiError
from ..services.pac.base import StampAnswer
from ..services.pac.call import StampCall
from ..services.pac.errors import PacAuth, PacNotStamped, PacReject, PacTransient
from ..services.pac.registry import ADAPTERS
from ..services.pac.sw import DUPLICATE_KEY
from ..services.postal import to_utc
from ..services.tfd import parse_tfd
from ..services.verify import stamped_problems
from ..services.xmlio import sha256

#: FechaTimbrado is written in the time of Mexico City, whatever the issuer's zone.
STAMP_ZONE = "America/Mexico_City"
MISMATCH = "MISMATCH"
#: SAT knows a new document only after a while.
FIRST_CHECK = timedelta(hours=20)


@dataclass
class NoStamp:
    """The PAC holds no stamp: it refused the bytes (``refused``) or has never seen them."""

    code: str
    text: str
    raw: bytes
    refused: bool


class IspCfdiDocument(models.Model):
    """Phase 2: the same bytes until the PAC has said yes or no to them."""

    _inherit = "isp.cfdi.document"

    # Longer than connecting, waiting, a new login and the questions after a 307 together.
    _outbox_lease = timedelta(minutes=5)

    # === OUTBOX === #

    def _outbox_prepare(self, interrupted):
        """Extend: what no PAC holds goes to the company's present account.

        A document whose outcome is unknown stays with the account that was asked.
        """
        if not interrupted:
            account = self.pac_id._isp_for_company(self.company_id)
            if account.active and account != self.pac_id:
                self.pac_id = account

    def _outbox_call(self):
        """Extend: send the stored bytes."""
        return self._isp_heard(self._isp_call(False).run())

    def _outbox_recover(self):
        """Extend: ask the PAC what became of the same bytes."""
        return self._isp_heard(self._isp_call(True).run())

    def _isp_call(self, recover):
        """Return the ``StampCall`` of the document.

        :raise OutboxRetry: when there is no account, or it must not be used
        """
        self.ensure_one()
        pac = self.pac_id
        if not pac.active:
            raise OutboxRetry(self.env._("The company has no PAC account."))
        age = float("inf")
        if self.sent_at:
            age = (fields.Datetime.now() - self.sent_at).total_seconds()
        try:
            adapter = pac._isp_adapter()
        except PacTransient as error:
            raise OutboxRetry(error.text) from error
        return StampCall(adapter, self._isp_xml(), self.idempotency_key, recover, age)

    def _isp_heard(self, reply):
        """Return the ``StampAnswer`` or ``NoStamp`` of a reply, or raise what it leaves open."""
        error = reply.error
        if error is None:
            return reply.answer
        if isinstance(error, PacReject | PacNotStamped):
            return NoStamp(error.code, error.text, error.raw, isinstance(error, PacReject))
        kind = OutboxRetry if isinstance(error, PacTransient | PacAuth) else OutboxUnknown
        heard = kind(str(error))
        heard.code, heard.raw, heard.account = error.code, error.raw, isinstance(error, PacAuth)
        raise heard from error

    def _outbox_keep(self, answer):
        """Extend: the raw answer is safe before anything is read from it."""
        if self._isp_keep_answer(answer.raw):
            self._outbox_commit()

    def _outbox_finish(self, answer):
        """Extend: judge the answer; only a certain no may lead to other bytes."""
        self.pac_id._isp_note_problem(False)
        if isinstance(answer, NoStamp):
            # Sent again as it is, unless the answer ends it or leads to other bytes.
            return self._isp_no_stamp(answer) or super()._outbox_finish(None)
        problems = self._isp_answer_problems(answer)
        if problems:
            return self._outbox_note("unknown", "\n".join(problems), MISMATCH)
        return super()._outbox_finish(answer)

    def _isp_no_stamp(self, answer):
        """There is no stamp: build anew what grew too old, send again, or give it to somebody.

        :return: whether the document was dealt with; else the same bytes are sent again
        """
        if answer.refused and not self._isp_is_certain():
            text = self.env._(
                "The PAC refuses the CFDI, but it was sent so long ago that it may have been "
                "stamped then. Ask the PAC and confirm that there is no stamp. (%s)",
                answer.text,
            )
            self._outbox_note("unknown", text, answer.code)
            self._isp_activity(self.env._("Ask the PAC about this CFDI"), text)
        elif self._isp_is_stale() and (not answer.refused or answer.code in STALE_CODES):
            # Nothing fiscal exists and nothing ever will: a new Fecha is the only way.
            self.with_context(isp_cfdi_rebuilt=True)._outbox_note("error", answer.text, answer.code)
            self._isp_build()
        elif answer.refused:
            self._outbox_note("error", answer.text, answer.code)
        else:
            return False
        return True

    def _outbox_store(self, answer: StampAnswer):
        """Store the stamped bytes exactly as they came."""
        stamp = parse_tfd(answer.xml)
        attachment = self._isp_store_file(f"{stamp.uuid}.xml", answer.xml)
        stamped_at = to_utc(stamp.stamped_at, None, STAMP_ZONE).replace(tzinfo=None)
        self.write(
            {
                "uuid": stamp.uuid,
                "outbox_state": "done",
                "stamped_at": stamped_at,
                "stamped_attachment_id": attachment.id,
                "stamped_sha256": sha256(answer.xml),
                "sat_next_check_at": fields.Datetime.now() + FIRST_CHECK,
            }
        )
        self._isp_clear_problems()
        self._isp_on_stamped()

    def _outbox_note(self, state, error, code=False):
        """Extend: keep raw answers, tell somebody what needs a person."""
        self._isp_keep_answer(getattr(error, "raw", b""))
        code = code or getattr(error, "code", False)
        super()._outbox_note(state, error, code)
        if self.env.context.get("isp_cfdi_rebuilt"):
            return  # nobody has to do anything: other bytes are on their way
        if state == "error":
            self._isp_activity(self.env._("The PAC rejected the CFDI"), f"{code}: {error}")
        elif code == MISMATCH:
            self._isp_activity(self.env._("The PAC answered with another document"), str(error))
        elif code == DUPLICATE_KEY:
            self._isp_activity(
                self.env._("The PAC holds another document under the key of this CFDI"), str(error)
            )
        elif getattr(error, "account", False) and self.pac_id._isp_note_problem(str(error)):
            self._isp_activity(self.env._("The PAC refuses the account"), str(error))
        if state != "error":
            self._isp_alert_old()

    def _outbox_next_attempt(self, attempts):
        """Extend: by the company's own waiting times."""
        minutes = self.company_id._isp_cfdi_backoff_minutes()
        index = min(attempts, len(minutes)) - 1
        return fields.Datetime.now() + timedelta(minutes=minutes[index])

    # === BUSINESS METHODS === #

    def _isp_on_stamped(self):
        """Hook: the document has just got its UUID. Must not call the outside world."""

    def _isp_answer_problems(self, answer):
        """Return why the answer is not our document plus a stamp."""
        try:
            return stamped_problems(self._isp_xml(), answer.xml)
        except CfdiError as error:
            return [str(error)]

    def _isp_is_certain(self):
        """Return whether a refusal proves that these bytes were not stamped before.

        It does when they were never sent before, or when the PAC still knows what it stamped.
        """
        memory = ADAPTERS[self.pac_id.provider].memory_hours
        if self.outbox_state != "unknown" or memory is None or not self.sent_at:
            return True
        return fields.Datetime.now() - self.sent_at < timedelta(hours=memory)

    def _isp_is_stale(self):
        """Return whether the Fecha is, or is within the hour, too old for any PAC."""
        limit = timedelta(hours=self.company_id.isp_cfdi_max_age_hours - 1)
        return fields.Datetime.now() - self.issued_at > limit

    def _isp_keep_answer(self, raw):
        """Keep a raw answer as it came; it carries no credentials. Return whether there was one."""
        if raw:
            name = f"pac_{self.attempts:03d}_{fields.Datetime.now():%Y%m%dT%H%M%S}.txt"
            self._isp_store_file(name, raw, "text/plain")
        return bool(raw)
