import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.isp_subscription.services.search_text import normalise

RESULTS = 12
RECENT = 6
MARK_CHARS = 64


class IspTillSession(models.Model):
    """What the cashier's screen asks: find a customer, see what is due, take the money.

    These methods are called by the browser. They answer with texts that are ready to be shown
    and check role, company and amounts themselves: the screen is not believed.
    """

    _inherit = "isp.till.session"

    # === BUSINESS METHODS: SCREEN === #

    @api.model
    def action_desk_load(self):
        """Return the cashier's session, the tills he may open and the forms of payment."""
        self._isp_check_cashier()
        session = self._isp_current()
        currency = self.env.company.currency_id
        return {
            "session": session._isp_desk_session() if session else False,
            "tills": [] if session else self._isp_desk_tills(),
            "forms": self._isp_desk_forms(),
            "recent": session._isp_desk_recent() if session else [],
            "currency": {
                "id": currency.id,
                "symbol": currency.symbol,
                "digits": currency.decimal_places,
            },
        }

    @api.model
    def action_desk_open(self, till_id, opening_amount):
        """Open a till for the cashier; return what `action_desk_load` returns."""
        till = self.env["isp.till"].browse(int(till_id)).exists()
        if not till:
            raise UserError(self.env._("This till does not exist any more."))
        till._isp_open(self._isp_desk_number(opening_amount))
        return self.action_desk_load()

    @api.model
    def action_desk_search(self, text):
        """Return the services that a name, phone, contract number or reference finds."""
        self._isp_check_cashier()
        text = str(text or "").strip()
        if not text:
            return []
        subscriptions = self.env["isp.subscription"]
        domain = Domain("display_name", "ilike", text)
        domain &= Domain("company_id", "=", self.env.company.id)
        domain &= Domain("state", "not in", ("draft", "cancelled")) | Domain("balance_due", ">", 0)
        found = subscriptions.search(domain, limit=RESULTS)
        words = normalise(text)
        # Names that begin like what was typed come first, then by name.
        rows = [self._isp_desk_row(subscription) for subscription in found]
        names = {row["id"]: normalise(row["customer"]) for row in rows}
        return sorted(
            rows, key=lambda row: (not names[row["id"]].startswith(words), names[row["id"]])
        )

    @api.model
    def action_desk_quote(self, subscription_id, plan=None):
        """Return what a customer pays for the chosen services.

        :param list plan: ``[service id, months]`` pairs; None takes what is usual for the service
        """
        self._isp_check_cashier()
        wizard = self._isp_desk_wizard(subscription_id, plan)
        service, quote = wizard.subscription_id, wizard._get_quote()
        format_money = quote["currency"].format
        return {
            "id": service.id,
            "customer": service.partner_id.name or "",
            "phone": service.phone or "",
            "change": wizard.change_id.display_name or "",
            "credit": format_money(service.credit_balance) if service.credit_balance > 0 else "",
            "twin": wizard.twin_text or "",
            "services": self._isp_desk_services(wizard),
            "lines": [
                {"name": line["name"], "amount": format_money(line["amount"])}
                for line in quote["lines"]
            ],
            "total": quote["total"],
            "total_text": format_money(quote["total"]),
        }

    @api.model
    def action_desk_pay(self, values):
        """Take a payment; the same ``mark`` again is answered with the payment it made.

        :param dict values: ``subscription_id``, ``plan``, ``form_id``, ``amount``, ``total`` (as
            shown), ``handed``, ``reference`` and ``mark``
        :return: dict with ``number``, ``payment_id``, ``amount`` and ``change``
        """
        self._isp_check_cashier()
        mark = str(values.get("mark") or "")
        if not 8 <= len(mark) <= MARK_CHARS:
            raise UserError(self.env._("Open the customer again."))
        if done := self._isp_desk_done(mark):
            return done._isp_desk_receipt()
        session = self._isp_current()
        if not session:
            raise UserError(self.env._("Open a till first: payments are taken in a till."))
        session._isp_enter()
        wizard = self._isp_desk_wizard(values.get("subscription_id"), values.get("plan"), new=False)
        wizard.write(
            {
                "payment_form_id": int(values.get("form_id") or 0),
                "reference": str(values.get("reference") or "").strip()[:100] or False,
                "handed_amount": self._isp_desk_number(values.get("handed")),
                "request_mark": mark,
            }
        )
        shown = self._isp_desk_number(values.get("total"))
        if wizard.currency_id.compare_amounts(wizard.amount_due, shown) != 0:
            raise UserError(self.env._("What is due has changed meanwhile: look again."))
        wizard.amount = self._isp_desk_number(values.get("amount"))
        wizard.action_register()
        return wizard.sudo().payment_id._isp_desk_receipt()

    @api.model
    def _isp_desk_number(self, value):
        """Return an amount of the screen, nothing typed is 0.

        :raise UserError: it is no amount
        """
        try:
            number = float(value or 0.0)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise UserError(self.env._("“%s” is no amount: write it like 1,234.50.", value))
        return number

    # === BUSINESS METHODS: WHAT IT SHOWS === #

    def _isp_desk_wizard(self, subscription_id, plan=None, new=True):
        """Return the counter payment of a service, in memory only unless ``new`` is False."""
        service = self.env["isp.subscription"].browse(int(subscription_id or 0)).exists()
        if not service or service.company_id != self.env.company:
            raise UserError(self.env._("This service does not exist any more."))
        service.check_access("read")
        wizards = self.env["isp.counter.payment"]
        values = {"subscription_id": service.id}
        chosen = {int(pair[0]): int(pair[1]) for pair in plan or []}
        if service.id in chosen:
            values["months"] = chosen.pop(service.id)
        wizard = wizards.new(values) if new else wizards.create(values)
        for line in wizard.line_ids:
            if (months := chosen.get(line.subscription_id.id)) is not None:
                line.is_paid, line.months = True, months
        return wizard

    def _isp_desk_services(self, wizard):
        """Return one row per service of the payer: the chosen one first."""
        main = wizard.subscription_id
        quote = wizard._get_quote()["quotes"][main]
        rows = [
            self._isp_desk_row(main)
            | {
                "months": wizard.months,
                "paid": True,
                "next": self._isp_desk_day(quote["new_cutoff_date"]),
            }
        ]
        for line in wizard.line_ids:
            rows.append(
                self._isp_desk_row(line.subscription_id)
                | {
                    "months": line.months,
                    "paid": line.is_paid,
                    "next": self._isp_desk_day(line.new_cutoff_date) if line.is_paid else "",
                }
            )
        return rows

    def _isp_desk_row(self, subscription):
        state = subscription._fields["state"]
        return {
            "id": subscription.id,
            "name": subscription.name,
            "customer": subscription.partner_id.name or "",
            "phone": subscription.phone or "",
            "plan": subscription.plan_id.name or "",
            "state": dict(state._description_selection(self.env))[subscription.state],
            "tone": subscription.situation["tone"] if subscription.situation else "",
            "due": subscription.balance_due,
            "due_text": subscription.currency_id.format(subscription.balance_due),
            "overdue": subscription.overdue_amount > 0,
            "cutoff": self._isp_desk_day(subscription.cutoff_date),
            "max_months": subscription.company_id.isp_max_months,
        }

    def _isp_desk_day(self, day):
        return self.env["isp.subscription"]._isp_day(day) if day else ""

    def _isp_desk_session(self):
        session = self.sudo()
        format_money = session.currency_id.format
        return {
            "id": session.id,
            "name": session.name,
            "till": session.till_id.name,
            "branch": session.branch_id.name or "",
            "opened": fields.Datetime.context_timestamp(
                session.with_context(tz=session.company_id._isp_zone_name()), session.opened_at
            ).strftime("%H:%M"),
            "expected": format_money(session.expected_now),
            "taken": format_money(session.taken_now),
            "count": sum(row["count"] for row in session.summary["forms"]),
        }

    def _isp_desk_tills(self):
        tills = self.env["isp.till"].search([("company_id", "=", self.env.company.id)])
        mine = tills.filtered(
            lambda till: not till.sudo().user_ids or self.env.user in till.sudo().user_ids
        )
        return [
            {
                "id": till.id,
                "name": till.name,
                "branch": till.branch_id.name or "",
                "last": till.last_counted,
                "user": till.sudo().open_session_id.user_id.name or "",
            }
            for till in mine
        ]

    def _isp_desk_forms(self):
        forms = self.env["isp.payment.form"].search([("counter_kind", "!=", False)])
        return [
            {
                "id": form.id,
                "name": form.name,
                "kind": form.counter_kind,
                "reference": form.counter_reference,
            }
            for form in forms
        ]

    def _isp_desk_recent(self):
        """Return the last payments of the session, the newest first."""
        payments = self.sudo().payment_ids.filtered("isp_number").sorted("isp_number", reverse=True)
        return [
            payment._isp_desk_receipt()
            | {
                "customer": payment.partner_id.name or "",
                "form": payment.isp_payment_form_id.name or "",
                "reversed": bool(payment.isp_reversed_at),
            }
            for payment in payments[:RECENT]
        ]

    def _isp_desk_done(self, mark):
        """Return the payment that this press of the button made already."""
        payments = self.env["account.payment"].sudo()
        done = payments.search([("isp_request_mark", "=", mark)], limit=1)
        if done and done.create_uid != self.env.user:
            raise UserError(self.env._("Open the customer again."))
        return done
