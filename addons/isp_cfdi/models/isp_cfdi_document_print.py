import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.isp_subscription.services.barcode_svg import qr_svg

from ..services.errors import CfdiError
from ..services.labels import LABELS
from ..services.printed import representation
from ..services.words import amount_in_words

_logger = logging.getLogger(__name__)
#: Look of the printed form: raise it when the template changes, and kept files are made again.
FORM = "1"
KEEP_DAYS = 7
BATCH = 200
SECONDS = 45


class IspCfdiDocument(models.Model):
    """The printed form, and the files made ahead of a download of a whole month."""

    _inherit = "isp.cfdi.document"

    pdf_attachment_id = fields.Many2one(
        "ir.attachment", string="Printed form", readonly=True, copy=False, ondelete="set null"
    )
    pdf_source = fields.Char(
        string="Printed form made from",
        readonly=True,
        copy=False,
        help="What the kept printed form was made from.",
    )
    pdf_wanted_at = fields.Datetime(
        string="Printed form wanted since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Somebody wants the month's files.",
    )

    # === BUSINESS METHODS === #

    def _isp_typst_data(self, report):
        """Return the data of the printed form, all of it from the stamped XML."""
        self.ensure_one()
        values = representation(self._isp_xml())
        totals = values["totals"]
        currency = totals.get("currency") or values["header"]["currency"]
        qr_name = f"qr_{values['stamp']['uuid']}.svg"
        return {
            **values,
            "words": amount_in_words(totals["total_raw"], currency),
            "qr": qr_name,
            "cancelled": self.state == "cancelled",
            "labels": LABELS,
            "files": {qr_name: qr_svg(values["url"])},
        }

    def _isp_render_pdf(self):
        """Return the bytes of the printed form: the kept ones when they are still true."""
        self.ensure_one()
        if self._isp_pdf_is_kept():
            kept = self.sudo().pdf_attachment_id.raw
            if kept:
                return kept
        reports_sudo = self.env["ir.actions.report"].sudo()
        content, _kind = reports_sudo._render_typst_pdf("isp_cfdi.action_report_cfdi", self.ids)
        return content

    def _isp_pdf_is_kept(self):
        """Return whether the kept printed form is still what it would be today."""
        self.ensure_one()
        return self.sudo().pdf_source == self._isp_pdf_source()

    def _isp_pdf_source(self):
        """Return what the printed form depends on: look, bytes, and whether SAT cancelled it."""
        self.ensure_one()
        cancelled = "cancelled" if self.state == "cancelled" else "valid"
        return f"{FORM}:{cancelled}:{(self.stamped_sha256 or '')[:16]}"

    def _isp_keep_pdf(self):
        """Make the printed form now and keep it beside the document."""
        self.ensure_one()
        document_sudo = self.sudo()
        content, key = document_sudo._isp_render_pdf(), document_sudo._isp_pdf_source()
        if document_sudo.pdf_source == key and document_sudo.pdf_attachment_id:
            return
        document_sudo.pdf_attachment_id.unlink()
        attachment = document_sudo._isp_store_file(
            document_sudo._isp_file_name("pdf"), content, "application/pdf", locked=False
        )
        document_sudo.write({"pdf_attachment_id": attachment.id, "pdf_source": key})

    def _isp_want_pdfs(self):
        """Have the worker make the printed forms that are not there yet; return how many."""
        missing = self.sudo().filtered(
            lambda doc: doc.uuid and doc.pdf_source != doc._isp_pdf_source()
        )
        if missing:
            missing.write({"pdf_wanted_at": fields.Datetime.now()})
            self.env.ref("isp_cfdi.ir_cron_print").sudo()._trigger()
        return len(missing)

    # === CRON === #

    @api.model
    def _cron_print(self):
        """Make the wanted printed forms, each in its own transaction, until the time is up."""
        deadline = time.monotonic() + SECONDS
        domain = [("pdf_wanted_at", "!=", False)]
        remaining = self.search_count(domain)
        for document in self.search(domain, order="pdf_wanted_at, id", limit=BATCH):
            document._isp_make_wanted_pdf()
            remaining -= 1
            left = self.env["ir.cron"]._commit_progress(1, remaining=remaining)
            if not left or time.monotonic() > deadline:
                break

    def _isp_make_wanted_pdf(self):
        """Make one wanted form; a damaged document must not stop those behind it."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._isp_keep_pdf()
        except (UserError, CfdiError) as error:
            _logger.warning("printed form of %s: %s", self.uuid, error)
        self.pdf_wanted_at = False

    @api.autovacuum
    def _gc_printed_forms(self):
        """Drop kept printed forms after a week: they can be made again at any time."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        domain = [
            ("pdf_attachment_id", "!=", False),
            ("pdf_attachment_id.create_date", "<", limit),
        ]
        old = self.sudo().search(domain, limit=5000)
        attachments = old.pdf_attachment_id
        old.write({"pdf_attachment_id": False, "pdf_source": False})
        attachments.unlink()
