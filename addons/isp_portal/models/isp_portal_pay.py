from odoo import api, models
from odoo.fields import Domain

from ..services.paging import clamp, to_int

# Nothing is paid ahead for a service that is off or ends, but a debt can always be paid.
DEBT_ONLY_STATES = ("paused", "cancel_pending", "cancelled")
SEGMENTS = (1, 3, 6, 12)


class IspPortalPage(models.AbstractModel):
    """Pay service and its summary."""

    _inherit = "isp.portal.page"

    @api.model
    def _is_payable(self, subscription):
        """Return whether the portal offers to pay this service now."""
        if subscription.state == "draft":
            return False
        return subscription.state not in DEBT_ONLY_STATES or subscription.balance_due > 0

    @api.model
    def _get_open_months(self, subscription):
        """Return how many months after the cut-off date are billed and not paid."""
        start, end = subscription.cutoff_date, subscription.next_billing_date
        if not start or not end:
            return 0
        return max((end.year - start.year) * 12 + end.month - start.month, 0)

    @api.model
    def _get_month_range(self, subscription):
        """Return ``(least, most)`` months that can be chosen.

        What is billed is paid whole, so the months already billed are the least; a service
        that only owes a charge may pay it without any month.
        """
        if subscription.state == "cancelled":
            return 0, 0
        open_months = self._get_open_months(subscription)
        least = max(open_months, 0 if subscription.balance_due > 0 else 1)
        most = subscription.sudo().company_id.isp_max_months
        return least, max(most, least)

    @api.model
    def _get_quote(self, subscription, months=None):
        """Return the quote of the server for ``months``, whatever was asked for.

        :param months: text or number from the URL; out of range means the nearest possible
        """
        least, most = self._get_month_range(subscription)
        return subscription._get_payment_quote(clamp(to_int(months, least), least, most))

    @api.model
    def _get_pay_values(self, subscription, months=None):
        """Return the values of the page "Pay service" for one service."""
        quote = self._get_quote(subscription, months)
        least, most = self._get_month_range(subscription)
        chosen = quote["months"]
        return {
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "quote": quote,
            "rows": self._get_quote_rows(subscription, quote),
            "invoices": self._get_invoices_note(quote),
            "months": chosen,
            "most": most,
            "months_down": chosen - 1 if chosen > least else None,
            "months_up": chosen + 1 if chosen < most else None,
            "segments": [number for number in SEGMENTS if least <= number <= most],
            "month_url": lambda number: self._get_pay_url(subscription, number),
            "summary_url": self._get_pay_url(subscription, chosen, summary=True),
        }

    @api.model
    def _get_pay_url(self, subscription, months, summary=False):
        """Return the address of the page, or of its summary, for a number of months, or None."""
        if months is None:
            return None
        page = "/my/isp/pay/summary" if summary else "/my/isp/pay"
        return f"{page}?subscription_id={subscription.id}&months={months}"

    @api.model
    def _get_quote_rows(self, subscription, quote):
        """Return the rows Type · Months · Cost · Total of a quote.

        Months at the present price are one row, as the customer chose them; whatever has
        another amount (partly paid, another price, a charge, credit) keeps a row of its own.
        """
        price = subscription.price_total
        whole, others = 0, []
        for line in quote["lines"]:
            months = self._get_line_months(line)
            if months and round(line["amount"] - months * price, 2) == 0:
                whole += months
            else:
                others.append(
                    {
                        "name": self._get_line_name(line),
                        "months": months or "",
                        "cost": line["amount"] / months if months else line["amount"],
                        "total": line["amount"],
                        "dates": self._get_line_dates(line),
                    }
                )
        rows = []
        if whole:
            plan = subscription.sudo().plan_id.name
            row = {"name": plan, "months": whole, "cost": price, "total": whole * price}
            rows.append({**row, "dates": ""})
        return rows + others

    @api.model
    def _get_invoices_note(self, quote):
        """Return how many invoices the total settles: months paid ahead share a single one."""
        _ = self.env._
        ahead = sum(self._get_line_months(line) for line in quote["lines"] if not line["move_id"])
        moves = {line["move_id"] for line in quote["lines"] if line["move_id"]}
        count = len(moves) + bool(ahead)
        if count > 1:
            return _("%(count)s invoices", count=count)
        if ahead > 1:
            return _("One, for %(months)s months", months=ahead)
        return _("One") if count else ""

    @api.model
    def _get_line_months(self, line):
        """Return the number of months a line of the quote covers, 0 for a charge or credit."""
        start, end = line["date_start"], line["date_end"]
        if not start or not end:
            return 0
        return (end.year - start.year) * 12 + end.month - start.month

    @api.model
    def _get_line_name(self, line):
        """Return what the customer reads as the type of a line."""
        if line["kind"] == "credit":
            return self.env._("Credit balance")
        if line["kind"] == "open_invoice":
            return self.env._("Rest to pay")
        return line["name"]

    @api.model
    def _get_line_dates(self, line):
        """Return ``25 oct – 25 nov`` for a line that covers days."""
        fmt = self._get_formatter()
        if not line["date_start"]:
            return ""
        return f"{fmt.day(line['date_start'])} – {fmt.day(line['date_end'])}"

    @api.model
    def _get_covered_period(self, quote):
        """Return ``25 nov 2026 – 25 feb 2027``: the days the total pays for, or nothing."""
        fmt = self._get_formatter()
        start, end = quote["cutoff_date"], quote["new_cutoff_date"]
        if not start or not end or start == end:
            return ""
        return f"{fmt.date(start)} – {fmt.date(end)}"

    @api.model
    def _get_summary_values(self, subscription, months=None):
        """Return the values of the payment summary."""
        quote = self._get_quote(subscription, months)
        methods = self._get_payment_methods(subscription, quote) if quote["total"] > 0 else []
        return {
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "quote": quote,
            "months": quote["months"],
            "covered": self._get_covered_period(quote),
            "methods": sorted(methods, key=lambda method: method["sequence"]),
            "branches": self._get_branches(subscription),
            "status_url": self._get_status_url(subscription),
            "pay_url": self._get_pay_url(subscription, quote["months"]),
        }

    @api.model
    def _get_status_url(self, subscription):
        """Return the address that tells whether a payment newer than the last one arrived."""
        last = self._get_last_payment(subscription).id or 0
        return f"/my/isp/pay/status?subscription_id={subscription.id}&last={last}"

    @api.model
    def _get_last_payment(self, subscription):
        """Return the newest payment of a service by record, not by its date."""
        domain = self._get_payment_domain() & Domain("isp_subscription_id", "=", subscription.id)
        return self.env["account.payment"].search(domain, order="id desc", limit=1)

    @api.model
    def _get_payment_methods(self, subscription, quote):
        """Return the ways to pay this quote online, empty when there is none.

        :return: list of dict(key, title, subtitle, icon, url, sequence) and optionally
            ``post`` (bool: the method is started by a POST with CSRF token, the fields
            ``subscription_id`` and ``months`` and those of the dict ``fields``) or
            ``refusal`` (why this quote cannot be paid this way: shown, and nothing to
            press). Every method opens in a new window.
        """
        return []

    @api.model
    def _get_branches(self, subscription):
        """Return the offices where the customer can pay in cash: dict(name, address, phone)."""
        # The list of offices is public information; the customer has no access to the model.
        branches_sudo = (
            self.env["isp.branch"].sudo().search([("company_id", "=", subscription.company_id.id)])
        )
        return [
            {
                "name": branch.name,
                "address": ", ".join(filter(None, (branch.street, branch.city))),
                "phone": branch.phone or "",
            }
            for branch in branches_sudo
        ]
