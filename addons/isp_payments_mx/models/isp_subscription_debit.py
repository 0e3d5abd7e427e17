from odoo import fields, models
from odoo.tools import float_round

from odoo.addons.isp_portal.services.formatting import format_money

from .. import const
from ..services import consent
from ..services.charge_day import charge_date, earliest_charge, offered_days
from ..services.dunning import chargeable
from .isp_card_debit import OPEN_STATES

SHORT_DAY = "EEEE d MMM"


class IspSubscription(models.Model):
    """Direct debit of a service: what may be agreed to, what comes next, what is open."""

    _inherit = "isp.subscription"

    mandate_ids = fields.One2many("isp.card.mandate", "subscription_id", readonly=True)
    debit_ids = fields.One2many(
        "isp.card.debit", "subscription_id", string="Direct debits", readonly=True
    )

    # === BUSINESS METHODS: OFFER === #

    def _isp_debit_offer(self, day=None):
        """Return what a customer is shown before he agrees, and agrees to.

        Amounts with tax; ``first_date`` leaves the days of the notice, which a charge that was
        announced for the former card has behind it.

        :param day: day of the month; one that is not offered gives that of the due date
        :return: dict with ``day``, ``days`` (offered), ``amount``, ``cap``, ``first_date``,
            ``due``, ``period``, ``text`` (filled), ``version``
        """
        self.ensure_one()
        record, company = self.sudo(), self.sudo().company_id
        due, period = record._isp_debit_next_due()
        early, late = company._isp_debit_reach(record.billing_mode)
        days = offered_days(due, early, late)
        if day not in days:
            day = due.day
        cap = float_round(record.price_total * company.isp_debit_cap_percent / 100, 2)
        text, version = company._isp_debit_consent_text()
        offer = {
            "day": day,
            "days": days,
            "due": due,
            "amount": record.price_total,
            "cap": cap,
            "first_date": record._isp_debit_first_date(day, due),
            "period": period,
            "version": version,
        }
        return {**offer, "text": consent.fill(text, record._isp_debit_facts(offer))}

    def _isp_debit_first_date(self, day, due):
        """Return the first day on which a consent of today charges the card.

        :param int day: day of the month that is agreed to
        :param due: due date of what is charged next
        """
        own = [("subscription_id", "=", self.id), ("state", "in", OPEN_STATES)]
        debit = self.env["isp.card.debit"].search(own, order="period_start desc", limit=1)
        if debit and (taken := debit._isp_take_over_day(day)):
            return taken
        company = self.company_id
        wanted = charge_date(due, day, *company._isp_debit_reach(self.billing_mode))
        return earliest_charge(wanted, company._isp_today(), company.isp_debit_notice_days)

    def _isp_debit_next_due(self):
        """Return ``(due date, label of the period)`` of what direct debit would charge next."""
        self.ensure_one()
        moves = self._isp_debit_moves()
        if moves:
            newest = moves[-1]
            rows = newest.line_ids.isp_period_ids.filtered(
                lambda row: row.subscription_id == self and row.state == "billed"
            )
            start, end = min(rows.mapped("date_start")), max(rows.mapped("date_end"))
            return newest.invoice_date_due, f"{self._isp_day(start)} – {self._isp_day(end)}"
        today = self.company_id._isp_today()
        periods = self._next_periods(1) if self.next_billing_date else []
        if not periods:
            return today, self._isp_day(today)
        _issued, due = self._invoice_dates(periods, max(today, periods[0].start))
        start, end = periods[0]
        return due, f"{self._isp_day(start)} – {self._isp_day(end)}"

    def _isp_debit_facts(self, offer):
        """Return the texts that fill the places of the consent."""
        self.ensure_one()
        money = self._isp_money
        return {
            "company": self.company_id.name,
            "customer": self.partner_id.name or "",
            "contract": self.name or "",
            "plan": self.plan_id.name or "",
            "amount": money(offer["amount"]),
            "cap": money(offer["cap"]),
            "period": offer["period"],
            "day": str(offer["day"]),
            "first_date": self._isp_day(offer["first_date"]),
            "notice_days": str(self.company_id.isp_debit_notice_days),
        }

    def _isp_debit_offered(self):
        """Return whether the customer can agree to direct debit of this service now."""
        self.ensure_one()
        record = self.sudo()
        return (
            record.company_id.isp_debit_offered
            and record.state in ("to_install", "active", "grace", "suspended")
            and bool(record.date_start)
            and record.price_total > 0
            and bool(record._openpay_method("card"))
            # the card is stored with the form in the portal, which needs the public key
            and bool(record._openpay_provider().openpay_public_key)
        )

    # === BUSINESS METHODS: MONEY === #

    def _isp_money(self, amount):
        """Return ``$1,047.00``: an amount as the customer area and the prints write it."""
        self.ensure_one()
        return format_money(amount, self.currency_id.symbol or "$")

    def _isp_debit_moves(self, due=None):
        """Return the open invoices of periods of this service, the oldest first.

        :param due: only those due on this day or earlier, with other charges of the service
        """
        self.ensure_one()
        moves = self.sudo()._isp_open_moves()
        if due:
            return moves.filtered(lambda move: move.invoice_date_due <= due)
        return moves.filtered(
            lambda move: any(
                row.subscription_id == self and row.state == "billed"
                for row in move.line_ids.isp_period_ids
            )
        )

    def _isp_debit_residual(self, due):
        """Return what this service owes of all that is due until ``due``, less the payer's credit.

        An invoice of several services counts by its share, so that two direct debits of one payer
        never charge the same peso.
        """
        self.ensure_one()
        record = self.sudo()
        owed = sum(move._isp_open_share(self) for move in record._isp_debit_moves(due))
        credit = max(record._isp_credit_amount(), 0.0)
        return float_round(max(owed - credit, 0.0), precision_digits=2)

    def _isp_debit_transaction(self, token, amount):
        """Return a draft transaction that charges ``amount`` to a stored card."""
        self.ensure_one()
        transactions_sudo = self.env["payment.transaction"].sudo()
        method = token.payment_method_id
        return transactions_sudo.create(
            {
                "provider_id": token.provider_id.id,
                # a token is of a brand; payments are told apart by "card"
                "payment_method_id": (method.primary_payment_method_id or method).id,
                "token_id": token.id,
                "reference": transactions_sudo._compute_reference(
                    const.PROVIDER, prefix=self.name or f"S{self.id}"
                ),
                "amount": amount,
                "currency_id": self.currency_id.id,
                "partner_id": self.partner_id.id,
                "operation": "offline",
                "isp_subscription_id": self.id,
                "isp_months": 0,
                "isp_amount_due": amount,
            }
        )

    def _isp_mandate(self):
        """Return the live direct debit of the service, empty when it has none (sudo)."""
        self.ensure_one()
        mandates_sudo = self.env["isp.card.mandate"].sudo()
        return mandates_sudo._isp_live(self) if self.id else mandates_sudo

    # === BUSINESS METHODS: WHAT COMES NEXT === #

    def _isp_next_charge(self):
        """Return what direct debit charges next: dict(date, amount, kind), or None.

        ``kind``: "announced" (told to the customer), "retry" (refused, tried again), "charging",
        "card" (waits for another card) or "expected" (not billed or not announced yet).
        """
        self.ensure_one()
        mandate = self._isp_mandate()
        if not mandate:
            return None
        debits_sudo = self.env["isp.card.debit"].sudo()
        own = [("subscription_id", "=", self.id), ("state", "in", OPEN_STATES)]
        debit = debits_sudo.search(own, order="period_start desc", limit=1)
        if debit:
            residual = self._isp_debit_residual(debit.date_due)
            amount = float(chargeable(residual, mandate.amount_cap, debit.amount))
            if amount > 0:
                kind = "card" if mandate.state == "suspended" else debit.state
                day = debit.next_date or debit.charge_date
                return {"date": day, "amount": amount, "kind": kind, "debit": debit}
        return self._isp_expected_charge(mandate)

    def _isp_expected_charge(self, mandate):
        """Return the charge after the next bill, as far as it is known today, or None."""
        record, company = self.sudo(), self.sudo().company_id
        if mandate.state == "suspended":
            return {"date": False, "amount": 0.0, "kind": "card", "debit": None}
        if mandate.state != "active" or record.state in ("paused", "cancelled"):
            return None
        periods = record._next_periods(1) if record.next_billing_date else []
        if not periods:
            return None
        today = company._isp_today()
        open_moves = record._isp_debit_unannounced()
        if open_moves:
            due = open_moves[-1].invoice_date_due
            amount = record._isp_debit_residual(due)
        else:
            _issued, due = record._invoice_dates(periods, max(today, periods[0].start))
            amount = record._period_price(periods[0])
        early, late = company._isp_debit_reach(record.billing_mode)
        day = charge_date(due, mandate.charge_day, early, late)
        day = earliest_charge(day, today, company.isp_debit_notice_days)
        amount = float(chargeable(amount, mandate.amount_cap))
        return {"date": day, "amount": amount, "kind": "expected", "debit": None}

    def _isp_debit_unannounced(self):
        """Return the open invoices of periods that a direct debit is still to be announced for."""
        self.ensure_one()
        mandate = self._isp_mandate()
        told = self.sudo().debit_ids.filtered(lambda debit: not debit._isp_may_reopen(mandate))
        known = set(told.mapped("period_start"))
        return (
            self.sudo()
            ._isp_debit_moves()
            .filtered(lambda move: self._isp_debit_key(move) not in known)
        )

    def _isp_debit_key(self, move):
        """Return the first open day of this service that an invoice bills."""
        self.ensure_one()
        rows = move.line_ids.isp_period_ids.filtered(
            lambda row: row.subscription_id == self and row.state == "billed"
        )
        return min(rows.mapped("date_start"))

    # === BUSINESS METHODS: LIFE === #

    def _isp_leave_customer(self):
        """Extend: who agreed is charged, nobody else: with another customer it ends."""
        res = super()._isp_leave_customer()
        self.mandate_ids._isp_end("staff", self.env._("The service has another customer now."))
        return res

    def _set_state(self, state, reason=None):
        """Extend: a service that has ended is charged no more."""
        res = super()._set_state(state, reason)
        if state == "cancelled":
            self.sudo().mandate_ids._isp_end("service")
        return res

    def _isp_next_step(self):
        """Extend: a planned attempt on the card is told; it is no payment and postpones no cut."""
        text, tone = super()._isp_next_step()
        coming = self._isp_next_charge() if self._origin else None
        if not coming or coming["kind"] not in ("announced", "retry"):
            return text, tone
        values = {
            "day": self._isp_day(coming["date"], SHORT_DAY),
            "amount": self._isp_money(coming["amount"]),
        }
        charge = self.env._("The card is charged %(amount)s on %(day)s.", **values)
        return " ".join(filter(None, (text, charge))), tone
