import re

from markupsafe import Markup

from odoo import fields, models

from odoo.addons.isp_portal.services.formatting import DEFAULT_ZONE, Formatter

from ..services.clabe import fours, groups
from ..services.dates import CENTRAL

BADGES = {
    "preparing": "pendiente",
    "pending": "pendiente",
    "paid": "activo",
    "expired": "cancelado",
    "failed": "suspendido",
}


class IspPaymentVoucher(models.Model):
    """What page and print show of a voucher: one source, so that they cannot differ."""

    _inherit = "isp.payment.voucher"

    def _isp_formatter(self):
        """Return the formatter in the customer's language and the company's time zone."""
        company = self.company_id
        return Formatter(
            lang=self.env.lang or "es",
            zone=company.partner_id.tz or DEFAULT_ZONE,
            symbol=self.currency_id.symbol or "$",
        )

    def _get_display_values(self):
        """Return everything the customer sees, formatted: texts only (steps may hold <b>).

        :return: dict with ``state``, ``state_label``, ``badge``, ``amount``, ``due``,
            ``time_left``, ``reference``, ``reference_groups``, ``clabe``, ``clabe_groups``,
            ``blocks`` (list of dict(key, title, steps, rows)), ``zone``, ``banks``; rows are
            dict(label, value, code)
        """
        self.ensure_one()
        fmt = self._isp_formatter()
        received = self.state == "paid" and self.amount_received
        return {
            "state": self.state,
            "state_label": self._get_state_label(),
            "badge": BADGES[self.state],
            "amount": fmt.money(received or self.amount),
            "amount_value": received or self.amount,
            "due": fmt.receipt_moment(self.due_at),
            "time_left": self._get_time_left(fmt),
            "reference": self.reference or "",
            "reference_groups": fours(self.reference or ""),
            "clabe": self.clabe or "",
            "clabe_groups": groups(self.clabe or ""),
            "blocks": [self._bank_block(fmt), self._other_block(fmt), self._info_block(fmt)],
            "zone": self._get_zone_label(fmt.zone),
            "banks": self._get_banks(),
        }

    def _get_state_label(self):
        """Return the state in the language of the reader."""
        selection = self._fields["state"]._description_selection(self.env)
        return dict(selection)[self.state]

    def _get_zone_label(self, zone):
        """Return the name of the time zone of the printed moments."""
        return self.env._("Central Mexico time") if zone == CENTRAL else zone

    def _get_time_left(self, fmt):
        """Return "2 days left", "expires today", or nothing when it is over."""
        if self.state not in ("preparing", "pending"):
            return ""
        today = fmt.local_date(fields.Datetime.now())
        days = (fmt.local_date(self.due_at) - today).days
        if days < 0:
            return ""
        if not days:
            return self.env._("expires today")
        return self.env._("1 day left") if days == 1 else self.env._("%s days left", days)

    def _get_banks(self):
        """Return the banks to show: dict(id, name, has_logo)."""
        banks = (
            self.env["isp.payment.bank"]
            .sudo()
            .search([("company_id", "in", (False, self.company_id.id))])
        )
        return [{"id": bank.id, "name": bank.name, "has_logo": bool(bank.logo)} for bank in banks]

    def _bank_name(self):
        """Return the name of the receiving bank: the company's wording, else Openpay's."""
        return self.company_id.isp_spei_bank or self.bank or ""

    def _row(self, label, value, code=False):
        return {"label": label, "value": value or "", "code": code}

    def _spaced(self, parts):
        return " ".join(parts)

    def _shared_rows(self, fmt):
        """Return the rows that several blocks repeat: one value each, printed everywhere."""
        _ = self.env._
        return {
            "reference": self._row(
                _("Reference"), self._spaced(fours(self.reference or "")), code=True
            ),
            "clabe": self._row(_("CLABE"), self._spaced(groups(self.clabe or "")), code=True),
            "concept": self._row(_("Concept"), self.description),
            "amount": self._row(_("Amount"), fmt.money(self.amount)),
            "bank": self._row(_("Bank"), self._bank_name()),
            "agreement": self._row(_("Agreement"), self.agreement, code=True),
        }

    def _bank_block(self, fmt):
        """Return the steps inside the receiving bank's own banking."""
        _, rows, bold = self.env._, self._shared_rows(fmt), Markup("<b>%s</b>")
        return {
            "key": "bank",
            "title": _("From %s", self._bank_name()),
            "steps": [
                _("Open your online banking and go to %s.", bold % _("Pay")),
                _(
                    "Choose %(menu)s and write agreement %(number)s.",
                    menu=bold % _("Services"),
                    number=bold % (self.agreement or ""),
                ),
                _("Enter this data and confirm:"),
            ],
            "rows": [rows["reference"], rows["concept"], rows["amount"]],
        }

    def _other_block(self, fmt):
        """Return the steps in any other bank."""
        _, rows = self.env._, self._shared_rows(fmt)
        holder = self.company_id.isp_spei_beneficiary or self.company_id.name
        return {
            "key": "other",
            "title": _("From any other bank"),
            "steps": [
                _("Add this CLABE as a new account."),
                _("Transfer the exact amount with the reference."),
            ],
            "rows": [
                self._row(_("Beneficiary"), holder),
                rows["clabe"],
                rows["bank"],
                rows["amount"],
                rows["concept"],
                rows["reference"],
            ],
        }

    def _info_block(self, fmt):
        """Return the facts of the payment and its transaction."""
        _, rows = self.env._, self._shared_rows(fmt)
        created = self.charge_created or self.create_date
        return {
            "key": "info",
            "title": _("Payment and transaction information"),
            "steps": [],
            "rows": [
                self._row(_("Payment method"), _("Interbank transfer (SPEI)")),
                self._row(_("Creation date"), fmt.receipt_moment(created)),
                self._row(_("Due date"), fmt.receipt_moment(self.due_at)),
                rows["bank"],
                rows["clabe"],
                rows["agreement"],
                rows["amount"],
                {**rows["concept"], "label": _("Description")},
                rows["reference"],
            ],
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
            self._row(_("Amount received"), fmt.money(self.amount_received)),
            self._row(_("Payment date"), fmt.receipt_moment(tx_sudo.isp_paid_at)),
        ]
        if payment_sudo.isp_number:
            rows.append(self._row(_("Payment no."), str(payment_sudo.isp_number)))
        if payment_sudo.isp_cutoff_to:
            rows.append(self._row(_("Next cut-off"), fmt.date(payment_sudo.isp_cutoff_to)))
        return rows

    def _isp_typst_data(self, report):
        """Return the data of the printed reference: the values of the page, and a stamp."""
        self.ensure_one()
        voucher = self.sudo()
        fmt = voucher._isp_formatter()
        values = voucher._get_display_values()
        _ = self.env._
        return {
            "title": _("Payment receipt"),
            "stamp": fmt.stamp(fields.Datetime.now()),
            "state": values["state_label"].upper(),
            "paid": voucher.state == "paid",
            "total_label": _("Total paid") if voucher.state == "paid" else _("Total to pay"),
            "total": values["amount"],
            "due_label": _("Due"),
            "due": values["due"],
            "paid_rows": [[row["label"], row["value"]] for row in voucher._get_paid_rows()],
            "blocks": [
                {
                    "title": block["title"],
                    "steps": [re.sub(r"</?b>", "", str(step)) for step in block["steps"]],
                    "rows": [[row["label"], row["value"]] for row in block["rows"]],
                }
                for block in values["blocks"]
            ],
            "zone": values["zone"],
            "note": _(
                "This is a reference to pay with. It proves a payment only when it says PAID."
            )
            if voucher.state != "paid"
            else "",
        }
