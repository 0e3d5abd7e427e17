from datetime import timedelta

from odoo import api, fields, models

from ..services.const import MAX_AGE_HOURS
from ..services.periods import cancel_last_day, month_end
from ..services.text import is_legal_person


class IspCfdiDeadline(models.Model):
    """What is open, and until when: one method per rule of SAT."""

    _inherit = "isp.cfdi.deadline"

    @api.model
    def _isp_open_items(self, company):
        """Return values of a row per thing that SAT waits for."""
        return [
            *self._isp_open_stamps(company),
            *self._isp_open_reps(company),
            *self._isp_open_globals(company),
            *self._isp_open_pues(company),
            *self._isp_open_cancellations(company),
        ]

    @api.model
    def _prepare_deadline_vals(self, company, kind, record, due_at, name, **values):
        return {
            "company_id": company.id,
            "kind": kind,
            "key": str(record.id) if record else values.pop("key"),
            "due_at": due_at,
            "name": name,
            "count": 1,
            **values,
        }

    @api.model
    def _isp_open_stamps(self, company):
        """Documents without a stamp: 72 hours from their Fecha (RMF 2.7.2.9)."""
        documents = self.env["isp.cfdi.document"].search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("draft", "ready", "sent", "error")),
                # What was refused, and whose invoice or payments were undone, gets no stamp.
                "|",
                ("move_id", "=", False),
                ("move_id.state", "!=", "cancel"),
                "|",
                ("kind", "!=", "P"),
                ("instalment_ids", "!=", False),
            ]
        )
        return [
            self._prepare_deadline_vals(
                company,
                "stamp",
                document,
                document.issued_at + timedelta(hours=MAX_AGE_HOURS),
                self.env._("Have %s stamped", document.display_name),
                document_id=document.id,
                move_id=document.move_id.id,
                partner_id=document.partner_id.id,
            )
            for document in documents
        ]

    @api.model
    def _isp_open_reps(self, company):
        """Payments of PPD invoices that no stamped complement reports (RMF 2.7.1.32)."""
        rows = self.env["isp.cfdi.instalment"].search(
            [
                ("company_id", "=", company.id),
                ("state", "!=", "undone"),
                "|",
                ("document_id", "=", False),
                ("document_id.uuid", "=", False),
            ]
        )
        return [
            self._prepare_deadline_vals(
                company,
                "rep",
                source,
                self._isp_local_end(company, min(members.mapped("due_date"))),
                self.env._("Report the payment %s to SAT", source.name),
                document_id=members.document_id[:1].id,
                partner_id=members.partner_id[:1].id,
                count=len(members),
            )
            for source, members in rows.grouped("source_id").items()
        ]

    @api.model
    def _isp_open_globals(self, company):
        """Periods that are over and whose receipts are in no global invoice (RMF 2.7.1.21)."""
        groups = self.env["isp.cfdi.place"]._read_group(
            [
                ("company_id", "=", company.id),
                ("state", "=", "pending"),
                ("period_end", "<", company._isp_today()),
            ],
            ["period_end:day"],
            ["__count", "period_end:max"],
        )
        hours = timedelta(hours=company.isp_cfdi_global_hours)
        return [
            self._prepare_deadline_vals(
                company,
                "global",
                None,
                self._isp_local_end(company, end) + hours,
                self.env._("Issue the global invoice of the period until %s", end),
                key=str(end),
                count=count,
            )
            for _group, count, end in groups
        ]

    @api.model
    def _isp_open_pues(self, company):
        """PUE documents whose invoice is not paid: until the end of their month (RMF 2.7.1.39)."""
        documents = self.env["isp.cfdi.document"].search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "I"),
                ("pay_method", "=", "PUE"),
                ("cancel_state", "in", ("none", "rejected")),
                ("move_id.payment_state", "in", ("not_paid", "partial")),
            ]
        )
        items = []
        for document in documents:
            day = fields.Datetime.context_timestamp(
                self.with_context(tz=company._isp_zone_name()), document.issued_at
            ).date()
            items.append(
                self._prepare_deadline_vals(
                    company,
                    "pue",
                    document,
                    self._isp_local_end(company, month_end(day)),
                    self.env._(
                        "%s is PUE and not paid: collect it or replace it by PPD",
                        document.display_name,
                    ),
                    document_id=document.id,
                    move_id=document.move_id.id,
                    partner_id=document.partner_id.id,
                )
            )
        return items

    @api.model
    def _isp_open_cancellations(self, company):
        """Cancellations that SAT has not accepted: until the annual return (CFF 29-A)."""
        documents = self.env["isp.cfdi.document"].search(
            [
                ("company_id", "=", company.id),
                ("cancel_state", "in", ("requested", "in_process", "rejected")),
            ]
        )
        return [
            self._prepare_deadline_vals(
                company,
                "cancel",
                document,
                self._isp_cancel_limit(company, document),
                self.env._("Last day to cancel %s", document.display_name),
                document_id=document.id,
                move_id=document.move_id.id,
                partner_id=document.partner_id.id,
            )
            for document in documents
        ]

    @api.model
    def _isp_cancel_limit(self, company, document):
        """Return the UTC moment after which SAT takes no cancellation of ``document``."""
        legal = is_legal_person(company._isp_cfdi_rfc())
        month = company.isp_cfdi_cancel_month or (3 if legal else 4)
        zone = company._isp_zone_name()
        issued = fields.Datetime.context_timestamp(self.with_context(tz=zone), document.issued_at)
        return self._isp_local_end(company, cancel_last_day(issued.date(), month))
