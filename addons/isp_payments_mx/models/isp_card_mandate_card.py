import logging

from odoo import api, models

from odoo.addons.isp_subscription.isolation import attempt, reason_of

from ..services.dunning import expires_next_month

_logger = logging.getLogger(__name__)


class IspCardMandate(models.Model):
    """Cards that expire soon, and problems for the staff."""

    _inherit = "isp.card.mandate"

    # === BUSINESS METHODS === #

    @api.model
    def _isp_run_expiring(self):
        """Tell the customers whose card is good until this month or the next; once per card."""
        services = self.env["isp.subscription"].with_context(isp_auto_run=True)
        services._isp_run_companies(self, "_run_expiring")

    @api.model
    def _run_expiring(self, date, company):
        """Tell those of ``company``; safe to repeat.

        :return: False when the time of the cron was used up
        """
        mandates = self.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "active"),
                ("card_expiry", "!=", False),
                ("expiry_told", "=", False),
            ]
        ).filtered(
            lambda row: expires_next_month(row.card_expiry.year, row.card_expiry.month, date)
        )
        self.env["ir.cron"]._commit_progress(remaining=len(mandates))
        for mandate in mandates:
            error, _notice = attempt(self.env, mandate._isp_tell_expiring)
            if error:
                mandate._isp_note_problem(error)
            if not self.env["ir.cron"]._commit_progress(1):
                return False
        return True

    def _isp_tell_expiring(self):
        """Ask for another card before this one stops working."""
        self.ensure_one()
        mandate = self._isp_speaking()
        text = mandate.env._(
            "your card %(card)s, which pays your internet, is good until %(month)s. Register"
            " another one in your customer area so that your payments go on by themselves.",
            card=mandate._isp_card(),
            month=mandate.subscription_id._isp_day(mandate.card_expiry, "MMMM y"),
        )
        self.subscription_id._isp_notify("debit_card", self.name, text=text)
        self.expiry_told = True

    def _isp_tell_stopped(self):
        """Ask for another card when the bank stopped this one for another service."""
        self.ensure_one()
        mandate = self._isp_speaking()
        text = mandate.env._(
            "your card %(card)s, which pays your internet, does not work any more. %(reason)s"
            " Register another one in your customer area so that your payments go on by"
            " themselves.",
            card=mandate._isp_card(),
            reason=mandate.env["isp.card.debit"]._isp_reason_text(self.suspend_code),
        )
        self.subscription_id._isp_notify("debit_card", f"{self.name}-stop", text=text)

    def _isp_note_problem(self, error):
        """Write down for the staff what went wrong with this direct debit."""
        self.ensure_one()
        self.problem = reason_of(error)
        _logger.info("Direct debit %s: %s", self.name, self.problem)
