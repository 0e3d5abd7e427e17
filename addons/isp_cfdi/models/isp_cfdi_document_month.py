import datetime
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..services import month_labels as words
from ..services.errors import CfdiError
from ..services.month_names import FOLDER_RECEIPTS, NOTE, base_name, folder, month_name
from ..services.month_rows import facts
from ..services.month_sheet import MonthSheet
from ..services.postal import tz_for_cp
from ..services.zip_stream import ZipStream

BATCH = 100
#: Printed forms made while the archive is sent; the worker makes more than these ahead.
RENDER_LIMIT = 200
STAMP_ZONE = "America/Mexico_City"
IN_PROCESS_STATES = ("cancel_requested", "cancel_in_process")


class IspCfdiDocument(models.Model):
    """All documents of a company and a month, read in batches that leave nothing in memory."""

    _inherit = "isp.cfdi.document"

    # === MONTH === #

    @api.model
    def _isp_month_domain(self, company, first):
        """Return the domain of the stamped documents issued in a month.

        :param first: first day of the month in the time zone of the company's documents
        """
        start, end = self._isp_month_bounds(company, first)
        return Domain(
            [
                ("company_id", "=", company.id),
                ("uuid", "!=", False),
                ("issued_at", ">=", start),
                ("issued_at", "<", end),
            ]
        )

    @api.model
    def _isp_month_bounds(self, company, first):
        """Return the UTC moments (naive) at which the month begins and ends."""
        zone = self._isp_month_zone(company)
        following = (first.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        return tuple(
            datetime.datetime.combine(day, datetime.time(), zone)
            .astimezone(datetime.UTC)
            .replace(tzinfo=None)
            for day in (first.replace(day=1), following)
        )

    @api.model
    def _isp_month_zone(self, company):
        """Return the zone in which Fecha is written; Mexico City while none is known."""
        company_sudo = company.sudo()
        try:
            place = company_sudo.isp_cfdi_zip or company_sudo.zip
            return ZoneInfo(company_sudo.isp_cfdi_tz or str(tz_for_cp(place)))
        except CfdiError:
            return ZoneInfo(STAMP_ZONE)

    @api.model
    def _isp_month_batches(self, domain):
        """Yield the documents by their id, and forget each batch before the next."""
        last = 0
        while batch := self.search(domain & Domain("id", ">", last), order="id", limit=BATCH):
            last = batch[-1].id
            yield batch
            self.env.invalidate_all()

    # === ARCHIVE === #

    @api.model
    def _isp_render_limit(self):
        """Return how many printed forms may be made while an archive is sent."""
        return RENDER_LIMIT

    @api.model
    def _isp_month_zip(self, company, first, with_pdf=True):
        """Yield the bytes of the month's archive: XML, printed forms and cancellation receipts.

        A damaged file does not end the archive: the note in it says what is missing.
        """
        stream, problems = ZipStream(), []
        root = month_name(company._isp_cfdi_rfc(), f"{first:%Y-%m}")
        zone = self._isp_month_zone(company)
        domain = self._isp_month_domain(company, first)
        left = self._isp_render_limit()
        try:
            for batch in self._isp_month_batches(domain):
                for document in batch:
                    moment = document._isp_local_moment(zone)
                    if with_pdf and not document._isp_pdf_is_kept():
                        left -= 1
                    files = document._isp_archive_files(with_pdf, left, problems)
                    for name, content, compress in files:
                        yield stream.add(f"{root}/{name}", content, moment, compress)
            for name, content, moment in self._isp_late_receipts(company, first):
                yield stream.add(f"{root}/{name}", content, moment)
            if problems:
                note = "\r\n".join(problems).encode()
                yield stream.add(f"{root}/{NOTE}", note, fields.Datetime.now())
            yield from stream.finish()
        finally:
            stream.close()

    def _isp_archive_files(self, with_pdf, left, problems):
        """Yield (path, bytes, compress) of one document.

        :param int left: how many printed forms may still be made now
        :param list problems: receives a line for what cannot be given
        """
        self.ensure_one()
        name = self._isp_archive_name()
        place = folder(self.kind, self.state == "cancelled")
        try:
            yield f"{place}/xml/{name}.xml", self._isp_xml(), True
            if with_pdf:
                if left < 0 and not self._isp_pdf_is_kept():
                    problems.append(self.env._("%s: the PDF is still being made.", name))
                else:
                    yield f"{place}/pdf/{name}.pdf", self.sudo()._isp_render_pdf(), False
        except UserError as error:
            problems.append(f"{name}: {error}")
        for index, receipt in enumerate(self._isp_receipts()):
            suffix = f"_{index + 1}" if index else ""
            yield f"{FOLDER_RECEIPTS}/{name}_acuse{suffix}.xml", receipt, True

    def _isp_receipts(self):
        """Return the bytes of the cancellation receipts (acuses), unchanged."""
        self.ensure_one()
        attachments_sudo = self.sudo().cancellation_ids.acuse_attachment_id
        return [attachment.raw for attachment in attachments_sudo if attachment.raw]

    @api.model
    def _isp_late_receipts(self, company, first):
        """Yield receipts of this month whose document belongs to an earlier one."""
        start, end = self._isp_month_bounds(company, first)
        requests_sudo = self.env["isp.cfdi.cancellation"].sudo()
        found = requests_sudo.search(
            [
                ("company_id", "=", company.id),
                ("acuse_attachment_id.create_date", ">=", start),
                ("acuse_attachment_id.create_date", "<", end),
                ("document_id.issued_at", "<", start),
            ],
            order="id",
        )
        zone = self._isp_month_zone(company)
        for request_sudo in found:
            name = request_sudo.document_id._isp_archive_name()
            attachment_sudo = request_sudo.acuse_attachment_id
            moment = attachment_sudo.create_date.replace(tzinfo=datetime.UTC).astimezone(zone)
            path = f"{FOLDER_RECEIPTS}/{name}_acuse_{request_sudo.id}.xml"
            yield path, attachment_sudo.raw or b"", moment

    def _isp_archive_name(self):
        """Return RFC, series, folio and UUID of the document as a file name."""
        self.ensure_one()
        parts = (self.issuer_rfc, self.serie, self.folio, self.uuid)
        return base_name(*(part or "" for part in parts))

    def _isp_local_moment(self, zone):
        self.ensure_one()
        return self.issued_at.replace(tzinfo=datetime.UTC).astimezone(zone)

    # === WORKBOOK === #

    @api.model
    def _isp_month_sheet(self, company, first, path):
        """Write the month's workbook to ``path`` (XLSX)."""
        sheet = MonthSheet(path)
        for batch in self._isp_month_batches(self._isp_month_domain(company, first)):
            for document in batch:
                booked = document.sudo().move_id.name or ""
                sheet.add(facts(document._isp_xml()), document._isp_state_words(), booked)
        sheet.close()

    def _isp_state_words(self):
        """Return the state as the workbook writes it, in SAT's words."""
        self.ensure_one()
        if self.state == "cancelled":
            return words.CANCELLED
        return words.IN_PROCESS if self.state in IN_PROCESS_STATES else words.VALID
