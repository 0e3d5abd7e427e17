import logging
from datetime import timedelta

from odoo import api, fields, models

from ..const import BATCH
from ..services import sat_status
from ..services.errors import CfdiError
from ..services.pac.base import PacError
from ..services.qr import qr_expression

_logger = logging.getLogger(__name__)
LIVE_STATES = ("stamped", "cancel_requested", "cancel_in_process", "cancel_rejected")
VERDICT_TO_CANCEL = {
    sat_status.CANCELLED: "cancelled",
    sat_status.IN_PROCESS: "in_process",
    sat_status.REJECTED: "rejected",
}


class IspCfdiDocument(models.Model):
    """What SAT says about stamped documents."""

    _inherit = "isp.cfdi.document"

    # === ACTION METHODS === #

    def action_check_sat(self):
        """Ask SAT for the state now."""
        self.check_access("write")
        for document in self.sudo().filtered("uuid"):
            document._isp_check_sat()

    def action_cancel(self):
        """Open the wizard that asks for the motive."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("isp_cfdi.isp_cfdi_cancel_action")
        return {**action, "context": {"default_document_id": self.id}}

    # === BUSINESS METHODS: STATUS === #

    def _isp_check_sat(self):
        """Ask SAT and write its answer; an unreachable SAT changes nothing.

        :return: the ``SatStatus``, or None when SAT could not be asked
        """
        self.ensure_one()
        pac_sudo = self.sudo().pac_id
        try:
            status, _raw = sat_status.ask(qr_expression(self._isp_xml()), pac_sudo._isp_sat_url())
        except (PacError, CfdiError) as error:
            _logger.info("SAT status of %s: %s", self.uuid, error)
            self.sat_next_check_at = fields.Datetime.now() + timedelta(hours=1)
            return None
        self._isp_apply_status(status)
        return status

    def _isp_apply_status(self, status):
        """Write the answer; only SAT's own word makes a document cancelled."""
        now = fields.Datetime.now()
        values = {"sat_next_check_at": now + self._isp_next_check(status)}
        if status.found:
            words = " · ".join(part for part in (status.state, status.cancellation) if part)
            values.update(sat_state=words, sat_checked_at=now)
        wanted = VERDICT_TO_CANCEL.get(status.verdict)
        asked = self.cancel_state in ("requested", "in_process")
        if status.verdict == sat_status.CANCELLED or (wanted and asked):
            values["cancel_state"] = wanted
        fresh = values.get("cancel_state") == "cancelled" != self.cancel_state
        self.write(values)
        if fresh:
            self._isp_on_cancelled()

    def _isp_next_check(self, status):
        """Return when SAT is asked again: soon while a cancellation runs, else daily."""
        if status.verdict == sat_status.CANCELLED:
            return timedelta(days=30)
        if self.cancel_state in ("requested", "in_process"):
            return timedelta(minutes=10) if self.sat_state else timedelta(hours=1)
        return timedelta(days=1)

    def _isp_on_cancelled(self):
        """Hook: SAT has just confirmed the cancellation; the invoice may be issued again."""
        self.message_post(body=self.env._("SAT confirmed the cancellation."))

    @api.model
    def _cron_sat_status(self):
        """Ask SAT about the documents whose turn has come, each in its own transaction."""
        domain = [
            ("state", "in", LIVE_STATES),
            ("sat_next_check_at", "<=", fields.Datetime.now()),
        ]
        due = self.search(domain, order="sat_next_check_at, id", limit=BATCH)
        left = self.search_count(domain)
        for document in due:
            locked = document.try_lock_for_update()
            if locked:
                locked._isp_check_sat()
            left -= 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break
