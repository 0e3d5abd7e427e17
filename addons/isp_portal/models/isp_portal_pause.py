from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError


def _to_date(text):
    """Return the date of ``2026-07-01``, None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


class IspPortalPage(models.AbstractModel):
    """Pause for vacations: dates, what they give back, confirmation."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_pause_rows(self, subscription):
        """Return the planned and running pauses of a service, the next one first."""
        fmt = self._get_formatter()
        pauses = self.env["isp.pause"].search(
            [("subscription_id", "=", subscription.id), ("state", "in", ("planned", "running"))],
            order="date_from",
        )
        return [
            {
                "id": pause.id,
                "running": pause.state == "running",
                "from": fmt.date(pause.date_from),
                "to": fmt.date(pause.date_to),
                "text": self._get_pause_text(pause),
                "waiting": bool(pause.waiting_since),
            }
            for pause in pauses
        ]

    @api.model
    def _get_pause_text(self, pause):
        """Return length, repetition and credit of a pause, in sentences."""
        _ = self.env._
        texts = [_("%(days)s days without service.", days=pause.days)]
        if pause.repeat_yearly:
            texts.append(_("Every year on the same dates."))
        if pause.credit_amount:
            amount = self._get_formatter().money(pause.credit_amount)
            texts.append(_("We gave you %(amount)s of credit.", amount=amount))
        return " ".join(texts)

    @api.model
    def _get_pause_values(self, subscription, date_from="", date_to="", yearly=False):
        """Return the values of the page of a new pause; with both dates also its preview."""
        company_sudo = subscription.sudo().company_id
        first = self.env["isp.pause"].sudo()._first_day(company_sudo, "customer")
        start, end = _to_date(date_from), _to_date(date_to)
        values = {
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "first": first.isoformat(),
            "date_from": date_from if start else "",
            "date_to": date_to if end else "",
            "yearly": bool(yearly),
            "intro": self.env._(
                "Without internet and without charges between two dates, from %(least)s to %(most)s"
                " days. It begins and ends by itself.",
                least=company_sudo.isp_pause_min_days,
                most=company_sudo.isp_pause_max_days,
            ),
            "error": "",
            "preview": None,
        }
        if not date_from and not date_to:
            start = first + timedelta(6)
            end = start + timedelta(max(14, company_sudo.isp_pause_min_days))
            return {**values, "date_from": start.isoformat(), "date_to": end.isoformat()}
        try:
            values["preview"] = self._get_pause_preview(subscription, start, end, yearly)
        except UserError as error:
            values["error"] = str(error)
        return values

    @api.model
    def _get_pause_preview(self, subscription, start, end, yearly):
        """Return what a pause gives back, with the token that confirms exactly this.

        :raise UserError: when the dates are not possible; the text says why
        """
        fmt = self._get_formatter()
        quote = subscription._isp_quote_pause(start, end, limits="customer")
        return {
            **quote,
            "rows": [
                {
                    "days": f"{fmt.day(line['date_start'])} – {fmt.day(line['date_end'])}",
                    "text": line["text"],
                    "amount": line["amount"],
                }
                for line in quote["lines"]
            ],
            "last": fmt.weekday(start - timedelta(1)),
            "back": fmt.weekday(end),
            "token": self._get_service_token(
                subscription,
                "pause",
                start.isoformat(),
                end.isoformat(),
                bool(yearly),
                f"{quote['credit']:.2f}",
            ),
        }

    @api.model
    def _confirm_pause(self, subscription, token):
        """Plan the pause that the preview showed.

        :return: ``("done", pause)``, ``("again", dates)`` when the figures have changed since,
            or ``("error", text)``
        """
        values = self._read_service_token(token, subscription, "pause")
        if values is None:
            return "error", self.env._("This page was open for too long: try again.")
        start, end = _to_date(values[0]), _to_date(values[1])
        same = self.env["isp.pause"].search(
            [
                ("subscription_id", "=", subscription.id),
                ("date_from", "=", start),
                ("date_to", "=", end),
                ("state", "!=", "cancelled"),
            ]
        )
        if same:  # pressed twice: it is the pause of the first press
            return "done", same
        try:
            quote = subscription._isp_quote_pause(start, end, limits="customer")
            if f"{quote['credit']:.2f}" != values[3]:
                return "again", (values[0], values[1], values[2])
            with self.env.cr.savepoint():
                pause = subscription._isp_plan_pause(start, end, values[2], limits="customer")
        except UserError as error:
            return "error", str(error)
        except IntegrityError as error:
            # Pressed twice at once: run again, the pause of the first press is found then.
            raise ConcurrencyError("A pause was planned at the same moment.") from error
        return "done", pause

    @api.model
    def _get_own_pause(self, pause_id):
        """Return one of the customer's pauses, empty when there is no such pause."""
        return self.env["isp.pause"].search([("id", "=", pause_id)], limit=1)

    @api.model
    def _change_pause(self, pause, action):
        """Give up a planned pause, or come back from a running one today.

        :return: ``(kind, text)`` of the notice to show
        """
        pause_sudo, reason = pause.sudo(), self.env._("By the customer")
        try:
            if action == "return":
                pause_sudo._return(reason)
                return "good", self.env._("Welcome back: your internet is on again.")
            pause_sudo._cancel(reason)
        except UserError as error:
            return "warn", str(error)
        return "good", self.env._("The pause is cancelled.")
