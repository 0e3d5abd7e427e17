from odoo import fields, models

from odoo.addons.isp_subscription.exceptions import OutboxReject

from .. import const
from ..services.declines import classify
from ..services.dunning import chargeable


class IspCardCharge(models.Model):
    """An attempt of a direct debit: numbered, at most one a day, sent only while it is right."""

    _inherit = "isp.card.charge"

    mandate_id = fields.Many2one(
        "isp.card.mandate",
        string="Direct debit",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    debit_id = fields.Many2one(
        "isp.card.debit", string="Charge by direct debit", readonly=True, ondelete="restrict"
    )
    attempt = fields.Integer(readonly=True, help="Number of the attempt for its period.")
    attempt_date = fields.Date(readonly=True, help="Day of the company's calendar.")
    refusal = fields.Selection(
        [
            ("soft", "May be tried again"),
            ("hard", "Needs another card"),
            ("ours", "Did not reach the card"),
            ("unsure", "A person must look"),
        ],
        readonly=True,
    )

    _debit_attempt_uniq = models.UniqueIndex(
        "(debit_id, attempt) WHERE debit_id IS NOT NULL",
        "This attempt of the period was made already.",
    )
    _debit_day_uniq = models.UniqueIndex(
        "(subscription_id, attempt_date) WHERE debit_id IS NOT NULL",
        "The card was tried today already.",
    )

    # === BUSINESS METHODS === #

    def _outbox_call(self):
        """Extend: a worker that finds the attempt later asks whether it is still right.

        The first worker may have died before it sent anything, hours ago.
        """
        if self.debit_id:
            obstacle = self._isp_debit_obstacle()
            if obstacle:
                raise OutboxReject(const.DEBIT_WITHDRAWN, obstacle)
        return super()._outbox_call()

    def _isp_debit_obstacle(self):
        """Return why the attempt must not be sent any more, an empty text when it may."""
        self.ensure_one()
        company, debit = self.company_id, self.debit_id
        if self.mandate_id.state != "active":
            return "the direct debit is not active"
        if not self.token_id.active or self.provider_id.state not in ("enabled", "test"):
            return "the card or the account is not active"
        if company._isp_today() != self.attempt_date:
            return "the day has passed"
        if not company._isp_debit_window().holds(fields.Datetime.now()):
            return "outside the hours"
        residual = self.subscription_id._isp_debit_residual(debit.date_due)
        if chargeable(residual, self.mandate_id.amount_cap, debit.amount) < chargeable(
            self.amount, self.amount
        ):
            return "less is owed now"
        return ""

    def _isp_refusal_code(self):
        """Return the code that says why the attempt failed."""
        self.ensure_one()
        if self.state == "expired":  # it waited for the cardholder in vain
            return const.DEBIT_CONFIRM
        return self.error_code or self.last_error_code or ""

    def _isp_refusal(self):
        """Return what the failure means for the next attempt (`services.declines`)."""
        self.ensure_one()
        return classify(self._isp_refusal_code())
