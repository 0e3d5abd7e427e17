import pytz

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.models.isp_notice import PROOF_STATES

from ..services.declines import reason


class IspCardDebit(models.Model):
    """What the customer reads before a charge and after a refused one."""

    _inherit = "isp.card.debit"

    # === BUSINESS METHODS: BEFORE === #

    def _isp_tell_charge(self, move):
        """Make the notice of the charge, its mail queued in this transaction."""
        self.ensure_one()
        debit = self._isp_speaking()
        mandate = debit.mandate_id
        text = debit.env._(
            "on %(day)s we will charge %(amount)s to your card %(card)s for your internet. You"
            " have nothing to do. If you prefer to pay another way, do it before that day and we"
            " will not charge the card. You can also switch the direct debit off, at once and at"
            " no cost, in your customer area (folio %(folio)s).",
            day=debit.subscription_id._isp_day(debit.charge_date, "EEEE d MMM y"),
            amount=debit.subscription_id._isp_money(debit.amount),
            card=mandate._isp_card(),
            folio=mandate.name,
        )
        self.notice_id = self.subscription_id._isp_notify(
            "debit",
            f"{self.period_start}/{self.opening}",
            move=move,
            amount=self.amount,
            date_due=self.charge_date,
            text=text,
        )
        self.notice_id.debit_id = self

    def _isp_told_on(self):
        """Return the company's day on which the customer was told, None when he was not yet."""
        self.ensure_one()
        notice = self.notice_id.sudo()
        moment = notice.delivered_at or notice.sent_at
        if notice.state not in PROOF_STATES or not moment:
            return None
        zone = pytz.timezone(self.company_id._isp_zone_name())
        return pytz.utc.localize(moment).astimezone(zone).date()

    def _isp_speaking(self):
        """Return the charge in the language of its customer."""
        self.ensure_one()
        lang = self.partner_id.lang or self.company_id._isp_lang()
        return self.with_context(lang=lang)

    # === BUSINESS METHODS: AFTER A REFUSAL === #

    def _isp_tell_refused(self, charge):
        """Tell why the card was refused and what comes next, with a reference to pay with."""
        self.ensure_one()
        debit = self._isp_speaking()
        code = charge._isp_refusal_code()
        facts = debit.env._(
            "we could not charge %(amount)s to your card %(card)s. %(reason)s Nothing was charged.",
            amount=debit.subscription_id._isp_money(charge.amount),
            card=charge.mandate_id._isp_card(),
            reason=debit._isp_reason_text(code),
        )
        text = f"{facts}\n{debit._isp_next_text()}"
        notice = self.subscription_id._isp_notify(
            "debit_failed",
            f"{self.period_start}/{charge.attempt}",
            amount=charge.amount,
            text=text,
            debit_id=self.id,
            pay_path=self._isp_pay_path(),
        )
        return notice

    def _isp_reason_text(self, code):
        """Return why the bank refused, in one sentence, in the language of the context."""
        _ = self.env._
        texts = {
            "funds": _("Your bank says that there was not enough balance."),
            "expired": _("The card has expired."),
            "blocked": _("Your bank says that the card is blocked."),
            "risk": _("Your bank did not accept the charge for your safety."),
            "not_allowed": _("Your bank does not allow this kind of charge with the card."),
            "call_bank": _("Your bank asks you to call it to allow the charge."),
            "confirm": _("Your bank asks you to confirm the payment yourself."),
            "gone": _("The card is not stored any more."),
            "disputed": _("Your bank is looking into a charge of this card."),
        }
        return texts.get(reason(code)) or _("Your bank refused the charge.")

    def _isp_next_text(self):
        """Return what comes next, and what the customer can do now."""
        _ = self.env._
        if self.state == "card":
            return _(
                "We will not try this card again. Register another one in your customer area, or"
                " pay with the button below."
            )
        if self.next_date:
            day = self.subscription_id._isp_day(self.next_date, "EEEE d MMM")
            return _("We try it again on %s. To pay before, use the button below.", day)
        return _("We will not try it again this month. Pay with the button below.")

    def _isp_pay_path(self):
        """Return the page of a reference for what is owed, or that of the ways to pay."""
        self.ensure_one()
        service = self.subscription_id
        page = f"/my/isp/pay?subscription_id={service.id}"
        try:
            with self.env.cr.savepoint():
                voucher = service._openpay_get_voucher(service._get_payment_quote(0), "spei")
                voucher._trigger_worker()
        except UserError:
            # No transfers with this account, or nothing is owed any more.
            return page
        return voucher.transaction_id._openpay_voucher_url()
