from odoo import models


class AccountPayment(models.Model):
    """The receipt of a payment tells what was given back of it."""

    _inherit = "account.payment"

    def _isp_typst_data(self, report):
        """Extend: one row for each refund that was made."""
        data = super()._isp_typst_data(report)
        given = self.sudo().isp_refund_ids.filtered(lambda row: row.state == "done").sorted("id")
        for refund in given:
            text = self.env._(
                "%(amount)s on %(date)s, folio %(folio)s",
                amount=self._isp_money(refund.amount),
                date=self._isp_local(refund.given_at),
                folio=refund.name,
            )
            data["rows"].append((self.env._("Given back"), text))
        return data
