from odoo import fields, models
from odoo.tools import SQL

from ..services.difference_sql import differences


class IspCfdiDifference(models.Model):
    """Stamped versus booked: a row per difference, none when everything agrees."""

    _name = "isp.cfdi.difference"
    _description = "CFDI: stamped versus booked"
    _auto = False
    _order = "date desc, id"
    _rec_name = "kind"
    _depends = {
        "account.move": [
            "amount_tax",
            "amount_total",
            "company_id",
            "currency_id",
            "isp_paid_on",
            "move_type",
            "payment_state",
            "reversed_entry_id",
            "state",
        ],
        "isp.cfdi.document": [
            "amount_ieps",
            "amount_iva",
            "amount_paid",
            "amount_withheld",
            "cancel_state",
            "currency_id",
            "is_global",
            "issued_at",
            "kind",
            "move_id",
            "origin_id",
            "pay_method",
            "replaces_id",
            "sat_state",
            "total",
            "uuid",
        ],
        "isp.cfdi.instalment": [
            "amount",
            "document_id",
            "due_date",
            "partial_id",
            "pay_amount",
            "pay_rate",
            "state",
        ],
        "isp.cfdi.place": [
            "credit_id",
            "document_id",
            "move_id",
            "period_end",
            "state",
            "total",
        ],
    }

    kind = fields.Selection(
        [
            ("missing", "Paid and not invoiced"),
            ("late", "Not stamped in time"),
            ("amount", "Another total or currency"),
            ("tax", "Other taxes"),
            ("unbooked", "Stamped and not booked"),
            ("cancelled", "Cancelled at SAT and still booked"),
            ("global", "Global invoice and receipts differ"),
            ("credit", "Credit note without CFDI"),
            ("rep", "Payments and their REP differ"),
            ("sat", "SAT says something else"),
        ],
        string="What differs",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)
    document_id = fields.Many2one("isp.cfdi.document", string="CFDI", readonly=True)
    move_id = fields.Many2one("account.move", string="Booked as", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    date = fields.Date(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    booked = fields.Monetary(readonly=True)
    stamped = fields.Monetary(readonly=True)
    difference = fields.Monetary(
        readonly=True, help="Stamped less booked, of the totals or of the taxes."
    )

    @property
    def _table_query(self):
        """Return the SQL of the report: constants only, no value of a user."""
        return SQL(differences())  # pylint: disable=sql-injection

    # === ACTION METHODS === #

    def action_open(self):
        """Open the fiscal document, or the entry when there is none."""
        self.ensure_one()
        return (self.document_id or self.move_id)._get_records_action()
