from datetime import timedelta

from odoo import models
from odoo.fields import Domain

from odoo.addons.isp_subscription.models.account_payment import POSTED_STATES

from ..services import bank_match as match
from ..services import bank_text as text
from ..services.till import cents

MOST_SERVICES = 50


class IspBankLine(models.Model):
    """Whose money a movement is: known payments first, then references, then names."""

    _inherit = "isp.bank.line"

    # === BUSINESS METHODS === #

    def _isp_match(self):
        """Look for what these movements are; write proposals with confidence and reason."""
        for line in self.filtered(lambda item: item.state in ("open", "proposed")):
            line.write(line._isp_find())
            line.flush_recordset()

    def _isp_find(self):
        """Return the values that say whose money the movement is, as far as is known."""
        self.ensure_one()
        if known := self._isp_known_vals():
            return known
        voucher = self._isp_voucher()
        if not voucher and self._isp_is_payout():
            return self._isp_found("payout", self.env._("Money that a provider collected."), 100)
        found = match.propose(cents(self.amount), self._isp_candidates(voucher))
        if not found:
            return self._isp_found("open", self.env._("Nobody, or several, fit this movement."), 0)
        service = self.env["isp.subscription"].browse(found.key)
        reason, confidence = self._isp_reason(found), found.confidence
        if doubt := self._isp_doubt(service, voucher):
            reason, confidence = f"{reason} {doubt}", min(confidence, match.DOUBTFUL)
        values = {"subscription_id": service.id}
        if voucher.subscription_id == service:
            values["voucher_id"] = voucher.id
        return self._isp_found("proposed", reason, confidence, **values)

    def _isp_found(self, state, reason, confidence, **values):
        return {
            "state": state,
            "reason": reason,
            "confidence": confidence,
            "subscription_id": False,
            "voucher_id": False,
            **values,
        }

    def _isp_text(self):
        """Return all that the bank wrote of the movement."""
        self.ensure_one()
        return " ".join(filter(None, (self.description, self.reference, self.payer)))

    def _isp_runs(self):
        """Return the numbers of 20 and 16 digits that the bank wrote."""
        words = self._isp_text()
        return text.digit_runs(words, text.SPEI_DIGITS) | text.digit_runs(words, text.PAYNET_DIGITS)

    def _isp_tokens(self):
        return text.tokens(self._isp_text(), self.tracking_key) | self._isp_runs()

    # === BUSINESS METHODS: WHAT IS KNOWN === #

    def _isp_known_vals(self):
        """Return the values of a movement whose money is in the books, empty when it is not."""
        payment = self._isp_known_payment()
        if not payment:
            return {}
        reason = self.env._("Booked as payment no. %s.", payment.isp_number)
        return self._isp_found("known", reason, 100, payment_id=payment.id)

    def _isp_known_payment(self):
        """Return the payment that booked this money, through whatever channel.

        Same reference and same amount: what a provider told us, or a cashier took with its slip.
        A payment is one movement only: a second one with the same reference is new money.
        """
        self.ensure_one()
        payments = self.env["account.payment"]
        words = sorted(self._isp_tokens() | {self.tracking_key or "", self.reference or ""})
        words = [word for word in words if word]
        if not words:
            return payments
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= Domain("state", "in", POSTED_STATES)
        domain &= Domain("payment_type", "=", "inbound") & Domain("amount", "=", self.amount)
        domain &= Domain("isp_reference", "in", words + [word.lower() for word in words])
        domain &= Domain("isp_bank_line_ids", "=", False)
        near = timedelta(self.company_id.isp_bank_days)
        domain &= Domain("date", ">=", self.date - near) & Domain("date", "<=", self.date + near)
        return payments.search(domain, order="date, id", limit=1)

    def _isp_voucher(self):
        """Return the printed reference that the payer gave to his bank."""
        vouchers = self.env["isp.payment.voucher"]
        runs = sorted(self._isp_runs())
        if not runs:
            return vouchers
        domain = [("company_id", "=", self.company_id.id), ("reference", "in", runs)]
        return vouchers.search(domain, limit=1)

    def _isp_is_payout(self):
        """Return whether a provider pays out here what it collected."""
        words = (self.import_id.format_id.provider_words or "").split(",")
        printed = f" {text.plain(self._isp_text())} "
        return any(f" {text.plain(word)} " in printed for word in words if word.strip())

    # === BUSINESS METHODS: WHOSE IT MAY BE === #

    def _isp_candidates(self, voucher):
        """Return the services that something speaks for."""
        found = []
        if voucher.subscription_id:
            kind = "spei" if len(voucher.reference) == text.SPEI_DIGITS else "paynet"
            amounts = [cents(voucher.amount)]
            found.append(match.Candidate(voucher.subscription_id.id, kind, amounts))
        words = sorted(self._isp_tokens())
        for service in self._isp_services([("name", "in", words)]) if words else ():
            kind = "number" if service.name.isdigit() else "contract"
            found.append(match.Candidate(service.id, kind, self._isp_expected(service)))
        for service in self._isp_by_reference(words) if words else ():
            found.append(match.Candidate(service.id, "reference", self._isp_expected(service)))
        return found or self._isp_by_payer()

    def _isp_services(self, domain):
        subscriptions = self.env["isp.subscription"]
        own = Domain("company_id", "=", self.company_id.id) & Domain("state", "!=", "draft")
        return subscriptions.search(own & Domain(domain), limit=MOST_SERVICES, order="id")

    def _isp_by_reference(self, words):
        """Return the services of invoices and online payments that are named.

        The first online payment of a service bears its number, which is judged as such.
        """
        company = Domain("company_id", "=", self.company_id.id)
        named = Domain("name", "in", words) | Domain("payment_reference", "in", words)
        moves = self.env["account.move"].search(company & named & Domain("state", "=", "posted"))
        txs = self.env["payment.transaction"].search(company & Domain("reference", "in", words))
        txs = txs.filtered(lambda tx: tx.reference != tx.isp_subscription_id.name)
        return moves.isp_subscription_ids | txs.isp_subscription_id

    def _isp_by_payer(self):
        """Return the services whose customer is named and who may owe just this amount.

        Two neighbouring words are looked for by the index of the services; banks cut names off.
        """
        printed = self._isp_text()
        words = [word for word in text.name_words(printed) if word.isalpha()]
        pairs = [[first, second] for first, second in zip(words, words[1:], strict=False)]
        if not pairs:
            return []
        found = []
        for service in self._isp_services(self.env["isp.subscription"]._isp_words_domain(pairs)):
            names = {service.partner_id.name, service.commercial_partner_id.name}
            share = max(text.name_share(name, printed) for name in names)
            if kind := match.name_kind(share):
                found.append(match.Candidate(service.id, kind, self._isp_expected(service)))
        return found

    def _isp_expected(self, service):
        """Return the amounts that are no surprise: the oldest bills, all, or months ahead."""
        most = service.company_id.isp_max_months
        open_amounts = service._isp_open_moves().mapped("amount_residual")
        instalments = [cents(sum(open_amounts[: index + 1])) for index in range(len(open_amounts))]
        totals = (service._get_payment_quote(months)["total"] for months in range(1, most + 1))
        return [*instalments, *(cents(total) for total in totals)]

    def _isp_reason(self, found):
        """Return in words what speaks for the proposal."""
        reasons = {
            "spei": self.env._("SPEI reference."),
            "paynet": self.env._("Paynet reference."),
            "contract": self.env._("Contract number."),
            "number": self.env._("Number that is a contract number."),
            "reference": self.env._("Number of an invoice or payment."),
            "payer": self.env._("Name of the payer and amount owed."),
            "part": self.env._("Part of the name and amount owed."),
        }
        reason = reasons[found.kind]
        if found.fits:
            return reason
        surprise = self.env._("Another amount than expected.")
        return f"{reason} {surprise}"

    def _isp_doubt(self, service, voucher):
        """Return what speaks against booking it unseen, "" for nothing."""
        if voucher and voucher.state in ("pending", "preparing"):
            return self.env._("Its provider has not confirmed this reference: wait for it.")
        if voucher.state == "paid":
            return self.env._("This reference was paid before.")
        if service.state == "cancelled":
            return self.env._("The service is cancelled.")
        near = timedelta(service.company_id.isp_duplicate_days)
        twin = self.env["account.payment"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id.commercial_partner_id", "=", service.commercial_partner_id.id),
                ("amount", "=", self.amount),
                ("state", "in", POSTED_STATES),
                ("isp_number", ">", 0),
                ("date", ">=", self.date - near),
                ("date", "<=", self.date + near),
            ],
            limit=1,
        )
        if not twin:
            return ""
        return self.env._(
            "Payment no. %(number)s of %(date)s has the same amount.",
            number=twin.isp_number,
            date=twin.date,
        )
