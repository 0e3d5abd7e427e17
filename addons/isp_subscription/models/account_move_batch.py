from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

#: columns of a journal item that belong to one invoice; all others it shares with its like
OWN_COLUMNS = {
    "id",
    "move_id",
    "partner_id",
    "date_maturity",
    "amount_residual",
    "amount_residual_currency",
    "reconciled",
    "full_reconcile_id",
    "matching_number",
    "is_imported",
    "reconcile_model_id",
    "no_followup",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
    "isp_subscription_id",
    "isp_period_id",
    "isp_credited_period_id",
}
#: items whose text is the invoice's own: the label of the period, the payment reference
OWN_NAMES = ("product", "payment_term")


class AccountMove(models.Model):
    """Invoices in batches: numbers and journal items of like invoices are worked out once."""

    _inherit = "account.move"

    # === BUSINESS METHODS === #

    def _get_next_sequence_format(self):
        """Extend `account`: within a batch the format of a number is looked up once a day.

        The number itself is counted by Odoo, which holds the lock of the sequence since the first
        one (`_locked_increment`).
        """
        refund = self.move_type in ("out_refund", "in_refund")
        payer = self.journal_id.is_self_billing and self.commercial_partner_id.id
        key = ("sequence", self.journal_id.id, self.date, refund, bool(self.origin_payment_id))
        form, values = self.env["isp.billing.memo"]._isp_once(
            (*key, payer), super()._get_next_sequence_format
        )
        return form, dict(values)

    def _isp_pattern(self):
        """Return the journal items of this invoice as values for invoices like it.

        :return: list of dicts, empty when the invoice is not as simple as the billing run's: one
            product, its taxes and one term, in the company's currency
        """
        self.ensure_one()
        kinds = [line.display_type for line in self.line_ids]
        simple = (
            self.currency_id == self.company_id.currency_id
            and kinds.count("product") == kinds.count("payment_term") == 1
            and set(kinds) <= {"product", "payment_term", "tax"}
            and not self.invoice_cash_rounding_id
        )
        if not simple:
            return []
        self.line_ids.flush_recordset()
        query = SQL("SELECT * FROM account_move_line WHERE id IN %s", tuple(self.line_ids.ids))
        self.env.cr.execute(query)
        rows = {row["id"]: row for row in self.env.cr.dictfetchall()}
        return [
            line._isp_pattern_vals(
                {name for name, value in rows[line.id].items() if value is not None}
            )
            for line in self.line_ids
        ]

    def _isp_like(self, pattern, vals):
        """Return ``vals`` of an invoice with its journal items made after ``pattern``.

        :param dict vals: values of the invoice with one line and its due date
        """
        self.ensure_one()
        partner = self.env["res.partner"].browse(vals["partner_id"]).commercial_partner_id
        product_vals = vals["invoice_line_ids"][0][2]
        lines = []
        for item in pattern:
            line = {**item, "partner_id": partner.id}
            if item["display_type"] == "product":
                line |= product_vals
            elif item["display_type"] == "payment_term":
                line["date_maturity"] = vals["invoice_date_due"]
            lines.append(Command.create(line))
        return {
            **{name: value for name, value in vals.items() if name != "invoice_line_ids"},
            "journal_id": self.journal_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "line_ids": lines,
        }
