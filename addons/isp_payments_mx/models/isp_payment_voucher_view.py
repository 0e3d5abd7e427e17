from datetime import timedelta

from odoo import fields, models

from odoo.addons.isp_portal.services.formatting import Formatter
from odoo.addons.isp_subscription.services.barcode_svg import qr_svg

from ..services.clabe import fours, groups
from ..services.dates import CENTRAL

BADGES = {
    "preparing": "pendiente",
    "pending": "pendiente",
    "paid": "activo",
    "expired": "cancelado",
    "failed": "suspendido",
}
HOUR = timedelta(hours=1)
# Openpay: the amount is above what stores take.
STORE_LIMIT_ERROR = "1012"


class IspPaymentVoucher(models.Model):
    """What page and print show of a voucher: one source, so that they cannot differ.

    Transfer and cash fill the same places (`_get_display_values`) in files of their own.
    """

    _inherit = "isp.payment.voucher"

    def _isp_formatter(self):
        """Return the formatter in the customer's language and the company's time zone."""
        company = self.company_id
        return Formatter(
            lang=self.env.lang or "es",
            zone=company._isp_zone_name(),
            symbol=self.currency_id.symbol or "$",
        )

    def _get_display_values(self):
        """Return everything the customer sees, formatted: texts only (steps may hold links).

        :return: dict with ``kind`` (transfer, cash), ``title``, ``crumb``, ``state``,
            ``state_label``, ``badge``, ``total_label``, ``amount``, ``amount_value``,
            ``currency_code``, ``due_label``, ``due``, ``time_left``, ``failure``, ``numbers``
            (what is copied: list of dict(id, label, code, groups)), ``barcode`` and ``qr`` (SVG
            texts), ``blocks`` (list of dict(key, title, steps, rows)), ``zone``, ``note``,
            ``catalogue_title``, ``catalogue``; rows are dict(label, value, code)
        """
        self.ensure_one()
        fmt = self._isp_formatter()
        state = self._get_display_state()
        received = state == "paid" and self.amount_received
        return {
            "state": state,
            "state_label": self._get_state_label(state),
            "badge": BADGES[state],
            "amount": self._money(fmt, received or self.amount),
            "amount_value": received or self.amount,
            "currency_code": self._currency_code(),
            "due": fmt.receipt_moment(self.due_at),
            "time_left": self._get_time_left(fmt),
            "failure": self._get_failure(),
            "qr": self._get_qr(),
            "zone": self._get_zone_label(fmt.zone),
            **self._get_method_values(fmt, state),
        }

    def _get_method_values(self, fmt, state):
        """Return the values that depend on how the reference is paid."""
        values = self._cash_values(fmt) if self._is_cash() else self._transfer_values(fmt)
        if state == "paid":
            values["total_label"] = self.env._("Total paid")
        if state != "pending":
            # How to pay is of use while it can be paid.
            values["blocks"] = [block for block in values["blocks"] if block["key"] == "info"]
            values["catalogue"] = []
        return values

    def _is_cash(self):
        """Return whether the reference is paid at a store."""
        return self.openpay_method == "store"

    def _get_short_title(self):
        """Return how the reference is paid, in two or three words."""
        return self.env._("Cash at a store") if self._is_cash() else self.env._("Bank transfer")

    # === STATE === #

    def _get_display_state(self):
        """Return the state as the customer should read it: nobody should pay after the deadline.

        Openpay closes a reference a little later, and the record with it; a late payment is
        booked all the same.
        """
        over = self.state == "pending" and self.due_at < fields.Datetime.now()
        return "expired" if over else self.state

    def _get_state_label(self, state):
        """Return a state in the language of the reader."""
        selection = self._fields["state"]._description_selection(self.env)
        return dict(selection)[state]

    def _get_zone_label(self, zone):
        """Return the name of the time zone of the printed moments."""
        if zone == CENTRAL:
            return self.env._("Central Mexico time")
        return self.env._("%s time", zone.rpartition("/")[2].replace("_", " "))

    def _get_time_left(self, fmt):
        """Return "2 days left", "1 hour left", or nothing when it is over."""
        if self._get_display_state() not in ("preparing", "pending"):
            return ""
        return self._get_hours_left() if self._is_cash() else self._get_days_left(fmt)

    def _get_hours_left(self):
        """Return the rest of a deadline in hours, rounded up from half an hour."""
        left = max(self.due_at - fields.Datetime.now(), timedelta())
        hours = int((left + HOUR / 2) / HOUR)
        if not hours:
            return self.env._("less than one hour left")
        return self.env._("1 hour left") if hours == 1 else self.env._("%s hours left", hours)

    def _get_days_left(self, fmt):
        """Return the rest of a deadline in local days."""
        today = fmt.local_date(fields.Datetime.now())
        days = max((fmt.local_date(self.due_at) - today).days, 0)
        if not days:
            return self.env._("expires today")
        return self.env._("1 day left") if days == 1 else self.env._("%s days left", days)

    def _get_failure(self):
        """Return why the reference could not be made, when the customer can do something."""
        if self.state == "failed" and self.last_error_code == STORE_LIMIT_ERROR:
            return self.env._(
                "Stores do not take this amount in one payment. Choose fewer months or another "
                "way to pay. You have not been charged."
            )
        return ""

    # === PARTS === #

    def _currency_code(self):
        """Return the code written behind amounts, empty when the company wants none."""
        return self.currency_id.name if self.company_id.isp_voucher_currency_code else ""

    def _money(self, fmt, amount):
        """Return an amount as references write it: ``$349.00 MXN``."""
        return f"{fmt.money(amount)} {self._currency_code()}".strip()

    def _get_qr(self):
        """Return the address of the page as a QR code: from the screen or the paper to a phone."""
        base = self.provider_id.get_base_url().rstrip("/")
        url = base + self.transaction_id._openpay_voucher_url()
        return qr_svg(url, error_correction="L")

    def _row(self, label, value, code=False):
        return {"label": label, "value": value or "", "code": code}

    def _number(self, key, label, code, code_groups):
        return {"id": key, "label": label, "code": code or "", "groups": code_groups}

    def _shared_rows(self, fmt):
        """Return the rows that several blocks repeat: one value each, printed everywhere."""
        _ = self.env._
        reference = " ".join(fours(self.reference or ""))
        return {
            "reference": self._row(_("Reference"), reference, code=True),
            "clabe": self._row(_("CLABE"), " ".join(groups(self.clabe or "")), code=True),
            "concept": self._row(_("Concept"), self.description),
            "amount": self._row(_("Amount"), self._money(fmt, self.amount)),
            "bank": self._row(_("Bank"), self._bank_name()),
            "agreement": self._row(_("Agreement"), self.agreement, code=True),
            "contract": self._row(_("Contract"), self.subscription_id.name),
            "created": self._row(
                _("Creation date"), fmt.receipt_moment(self.charge_created or self.create_date)
            ),
        }

    def _get_paid_rows(self):
        """Return the rows of what was received, empty until then."""
        self.ensure_one()
        fmt, _ = self._isp_formatter(), self.env._
        tx_sudo = self.transaction_id.sudo()
        if self.state != "paid":
            return []
        payment_sudo = tx_sudo.payment_id
        rows = [
            self._row(_("Amount received"), self._money(fmt, self.amount_received)),
            self._row(_("Payment date"), fmt.receipt_moment(tx_sudo.isp_paid_at)),
        ]
        if payment_sudo.isp_number:
            rows.append(self._row(_("Payment no."), str(payment_sudo.isp_number)))
        if payment_sudo.isp_cutoff_to:
            rows.append(self._row(_("Next cut-off"), fmt.date(payment_sudo.isp_cutoff_to)))
        return rows
