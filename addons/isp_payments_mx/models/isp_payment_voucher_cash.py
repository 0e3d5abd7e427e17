from urllib.parse import urlsplit

from markupsafe import Markup

from odoo import models

from odoo.addons.isp_subscription.services.barcode_svg import code128_svg

from ..services.clabe import fours

# Modules of height for the 143 of width that sixteen digits take: 100 mm by 21 mm on paper.
BARCODE_HEIGHT = 30


class IspPaymentVoucher(models.Model):
    """What the page of a cash payment at a store says: R59 to R63."""

    _inherit = "isp.payment.voucher"

    def _cash_values(self, fmt):
        """Return the part of `_get_display_values` that cash at a store fills.

        A reference that cannot be paid any more carries no barcode: no cashier should scan it.
        """
        _, live = self.env._, self._get_display_state() == "pending"
        return {
            "kind": "cash",
            "title": _("Cash payment reference"),
            "crumb": _("Cash"),
            "total_label": _("Total to pay*"),
            "due_label": _("Payment deadline"),
            "numbers": [
                self._number(
                    "reference",
                    _("or dictate this reference number") if live else _("Reference"),
                    self.reference,
                    fours(self.reference or ""),
                )
            ],
            "barcode": self._get_barcode() if live else "",
            "barcode_hint": _("Show this code printed or on your phone") if live else "",
            "blocks": [self._cash_steps_block(), self._cash_info_block(fmt)],
            "note": _("*The store's commission varies and is added to the total."),
            "catalogue_title": _("Stores where you can pay"),
            "catalogue": self.env["isp.payment.store"]._isp_catalogue(self.company_id),
        }

    def _get_barcode(self):
        """Return the reference as Code 128, always black on white; empty without a reference."""
        if not self.reference:
            return ""
        return code128_svg(self.reference, height=BARCODE_HEIGHT)

    def _cash_steps_block(self):
        """Return the five steps of a payment at a store."""
        _, bold = self.env._, Markup("<b>%s</b>")
        network = self.company_id.isp_store_network
        return {
            "key": "steps",
            "title": _("Payment instructions"),
            "steps": [
                self._cash_first_step(),
                _(
                    "Tell the cashier that it is a %s cash payment and show the code or dictate "
                    "the number.",
                    bold % network,
                ),
                _("Check that the data is right."),
                _("Pay the total. Your payment shows up %s.", bold % _("at once")),
                _("Keep the store's receipt."),
            ],
            "rows": [],
        }

    def _cash_first_step(self):
        """Return where to go, with the page that finds stores when there is one."""
        url = self.company_id.isp_store_network_url
        if not url:
            return self.env._("Go to any allied store before the deadline.")
        name = urlsplit(url).netloc.removeprefix("www.")
        link = Markup('<a href="%s" target="_blank" rel="noopener">%s</a>') % (url, name)
        return self.env._("Go to any allied store before the deadline. Find one at %s.", link)

    def _cash_info_block(self, fmt):
        """Return the facts of the payment."""
        _, rows = self.env._, self._shared_rows(fmt)
        method = _("Cash at a store (%s)", self.company_id.isp_store_network)
        facts = [
            self._row(_("Payment method"), method),
            self._row(_("Total to pay"), f"{rows['amount']['value']}*"),
            self._row(_("Payment deadline"), fmt.receipt_moment(self.due_at)),
            rows["created"],
            rows["concept"],
            rows["contract"],
            rows["reference"],
        ]
        return {
            "key": "info",
            "title": _("Payment detail"),
            "steps": [],
            "rows": [row for row in facts if row["value"]],
        }
