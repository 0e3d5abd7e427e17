from markupsafe import Markup

from odoo import models

from ..services.clabe import fours, groups


class IspPaymentVoucher(models.Model):
    """What the page of a bank transfer (SPEI) says: R43 to R52."""

    _inherit = "isp.payment.voucher"

    def _transfer_values(self, fmt):
        """Return the part of `_get_display_values` that a transfer fills."""
        _ = self.env._
        return {
            "kind": "transfer",
            "title": _("Bank transfer"),
            "crumb": _("Transfer"),
            "total_label": _("Total to pay"),
            "due_label": _("Due"),
            "numbers": [
                self._number(
                    "reference", _("Reference"), self.reference, fours(self.reference or "")
                ),
                self._number("clabe", _("CLABE"), self.clabe, groups(self.clabe or "")),
            ],
            "barcode": "",
            "blocks": [self._bank_block(fmt), self._other_block(fmt), self._info_block(fmt)],
            "note": "",
            "catalogue_title": _("Banks you can transfer from"),
            "catalogue": self.env["isp.payment.bank"]._isp_catalogue(self.company_id),
        }

    def _bank_name(self):
        """Return the name of the receiving bank: the company's wording, else Openpay's."""
        return self.company_id.isp_spei_bank or self.bank or ""

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
        return {
            "key": "info",
            "title": _("Payment and transaction information"),
            "steps": [],
            "rows": [
                self._row(_("Payment method"), _("Interbank transfer (SPEI)")),
                rows["created"],
                self._row(_("Due date"), fmt.receipt_moment(self.due_at)),
                rows["bank"],
                rows["clabe"],
                rows["agreement"],
                rows["amount"],
                {**rows["concept"], "label": _("Description")},
                rows["reference"],
            ],
        }
