from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from ..services.formatting import NBSP
from ..services.paging import to_int
from .isp_portal_pause import _to_date

NOTE_LENGTH = 500
STATEMENT_FIELDS = ["kind", "name", "detail", "date_start", "date_end", "amount"]


class IspPortalPage(models.AbstractModel):
    """Cancel a service: statement first, folio at once, withdrawal until the day."""

    _inherit = "isp.portal.page"

    # === REQUEST === #

    @api.model
    def _get_cancel_values(self, subscription, day="", reason_id=None):
        """Return the values of the page of a cancellation; with a day also its statement."""
        first, last = subscription.sudo()._isp_cancel_range()
        wanted = _to_date(day)
        values = {
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "reasons": self.env["isp.cancel.reason"].search([("portal_visible", "=", True)]),
            "reason_id": to_int(reason_id),
            "first": first.isoformat(),
            "last": last.isoformat(),
            "date": day if wanted else first.isoformat(),
            "error": "",
            "preview": None,
        }
        if not day:
            return values
        try:
            values["preview"] = self._get_cancel_preview(subscription, wanted, reason_id)
        except UserError as error:
            values["error"] = str(error)
        return values

    @api.model
    def _get_cancel_preview(self, subscription, day, reason_id):
        """Return the final statement for ``day`` with the token that confirms exactly this.

        :raise UserError: when the day or the reason is missing or not possible
        """
        reason = self._get_cancel_reason(reason_id)
        if not day:
            raise UserError(self.env._("Choose the last day of your service."))
        subscription.sudo()._isp_check_cancellation(day)
        quote = subscription._isp_quote_cancellation(day)
        return {
            "rows": self._get_statement_rows(quote["lines"]),
            "balance": quote["balance"],
            "last": self._get_formatter().weekday(day - timedelta(1)),
            "today": day <= subscription.sudo().company_id._isp_today(),
            "token": self._get_service_token(
                subscription, "cancel", day.isoformat(), reason.id, f"{quote['balance']:.2f}"
            ),
        }

    @api.model
    def _get_cancel_reason(self, reason_id):
        """Return a reason that customers may choose.

        :raise UserError: when none was chosen
        """
        reason = self.env["isp.cancel.reason"].search([("id", "=", to_int(reason_id))])
        if not reason:
            raise UserError(self.env._("Tell us why, please: choose a reason."))
        return reason

    @api.model
    def _get_statement_rows(self, lines):
        """Return ``name``, ``detail`` and ``amount`` of statement lines (dicts of values)."""
        fmt = self._get_formatter()
        names = {
            "used": self.env._("Used days"),
            "unused": self.env._("Unused days"),
        }
        rows = []
        for line in lines:
            detail = line.get("detail") or ""
            if line.get("date_start"):
                days = f"{fmt.day(line['date_start'])} – {fmt.day(line['date_end'])}"
                # The factors stay on one line of the phone.
                detail = f"{days} · {detail.replace(' ', NBSP)}"
            name = names.get(line["kind"], line["name"])
            rows.append({"name": name, "detail": detail, "amount": line["amount"]})
        return rows

    @api.model
    def _confirm_cancellation(self, subscription, token, note=""):
        """Open the folio for what the statement showed.

        :return: ``("done", cancellation)``, ``("again", (day, reason id))`` when the figures
            have changed since, or ``("error", text)``
        """
        open_folio = subscription.cancellation_id
        if open_folio:  # pressed twice: it is the folio of the first press
            return "done", open_folio
        values = self._read_service_token(token, subscription, "cancel")
        if values is None:
            return "error", self.env._("This page was open for too long: try again.")
        day = _to_date(values[0])
        try:
            reason = self._get_cancel_reason(values[1])
            subscription.sudo()._isp_check_cancellation(day)
            quote = subscription._isp_quote_cancellation(day)
            if f"{quote['balance']:.2f}" != values[2]:
                return "again", (values[0], values[1])
            folio = subscription._isp_request_cancellation(
                day, reason, channel="portal", note=(note or "").strip()[:NOTE_LENGTH]
            )
        except UserError as error:
            return "error", str(error)
        return "done", folio

    # === FOLIO === #

    @api.model
    def _get_own_cancellation(self, cancellation_id):
        """Return one of the customer's folios, empty when there is no such folio."""
        return self.env["isp.cancellation"].search([("id", "=", cancellation_id)], limit=1)

    @api.model
    def _get_cancellation_values(self, subscription):
        """Return folio, last day and address of the cancellation of a service, or None."""
        folio = subscription.cancellation_id
        if not folio:
            return None
        last = self._get_formatter().date(folio.effective_date - timedelta(1))
        url = f"/my/isp/service/cancellation/{folio.id}"
        return {"name": folio.name, "last": last, "url": url, "state": folio.state}

    @api.model
    def _get_folio_values(self, folio):
        """Return the values of the page of a folio."""
        fmt = self._get_formatter()
        labels = dict(folio._fields["state"]._description_selection(self.env))
        kinds = {"requested": "pendiente", "done": "valido", "withdrawn": "cancelado"}
        return {
            "folio": folio,
            "subscription": folio.subscription_id,
            "service": self._get_service_values(folio.subscription_id),
            "badge": {"kind": kinds[folio.state], "label": labels[folio.state]},
            "last": fmt.weekday(folio.effective_date - timedelta(1)),
            "requested": fmt.receipt_moment(folio.requested_at),
            "rows": self._get_statement_rows(folio.line_ids.read(STATEMENT_FIELDS)),
            "until": self.env._(
                "You have internet until %(day)s. Until then you can withdraw the request.",
                day=fmt.weekday(folio.effective_date - timedelta(1)),
            ),
            "refund": self._get_refund_text(folio),
            "pickup": self._get_pickup_text(folio),
            "statement_url": f"/my/isp/service/cancellation/{folio.id}/statement",
        }

    @api.model
    def _get_refund_text(self, folio):
        """Return what happens with the money of the customer, in a sentence."""
        _ = self.env._
        fmt = self._get_formatter()
        folio_sudo = folio.sudo()
        amount = fmt.money(folio_sudo.refund_amount)
        if folio.refund_state == "refunded":
            day = fmt.date(folio_sudo.refund_payment_id.date)
            paid = fmt.money(folio_sudo.refund_payment_id.amount)
            return _("We gave %(amount)s back to you on %(day)s.", amount=paid, day=day)
        if folio.refund_state == "to_refund":
            return _("We call you to give %(amount)s back to you.", amount=amount)
        if folio.refund_state == "kept":
            return _("%(amount)s stay as your credit balance.", amount=amount)
        return ""

    @api.model
    def _get_pickup_text(self, folio):
        """Return when and what equipment is collected, in a sentence."""
        _ = self.env._
        if folio.pickup_done:
            return _("We have collected the equipment.")
        if folio.pickup_date:
            day = self._get_formatter().weekday(folio.pickup_date)
            return _("We collect the equipment on %(day)s.", day=day)
        return _("We call you to agree when we collect the equipment.")

    @api.model
    def _withdraw_cancellation(self, folio):
        """Take a request back; return ``(kind, text)`` of the notice to show."""
        try:
            folio.sudo()._withdraw(self.env._("Withdrawn by the customer"))
        except UserError as error:
            return "warn", str(error)
        return "good", self.env._("Your service goes on as before.")
