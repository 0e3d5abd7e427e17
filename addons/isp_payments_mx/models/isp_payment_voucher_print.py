from markupsafe import Markup

from odoo import fields, models


class IspPaymentVoucher(models.Model):
    """The printed reference: the values of the page on one black and white sheet (R50, R63)."""

    _inherit = "isp.payment.voucher"

    def _isp_typst_data(self, report):
        """Return the data of the printed reference: the values of the page, and a stamp."""
        self.ensure_one()
        voucher = self.sudo()
        fmt = voucher._isp_formatter()
        values = voucher._get_display_values()
        _ = self.env._
        paid = values["state"] == "paid"
        unpaid_note = _(
            "This is a reference to pay with. It proves a payment only when it says PAID."
        )
        return {
            "mono": True,
            "title": _("Payment receipt"),
            "subtitle": values["title"],
            "stamp": fmt.stamp(fields.Datetime.now()),
            "state": values["state_label"].upper(),
            "total_label": values["total_label"],
            "total": values["amount"],
            "due_label": "" if paid else values["due_label"],
            "due": "" if paid else values["due"],
            "paid_rows": [[row["label"], row["value"]] for row in voucher._get_paid_rows()],
            "numbers": [
                {"label": number["label"], "code": " ".join(number["groups"])}
                for number in values["numbers"]
            ],
            "barcode_hint": values.get("barcode_hint", ""),
            "qr_hint": _("Scan to see this reference and its state"),
            "blocks": [voucher._print_block(block) for block in values["blocks"]],
            "zone": values["zone"],
            "notes": [note for note in (values["note"], "" if paid else unpaid_note) if note],
            "catalogue_title": values["catalogue_title"],
            "catalogue": [entry["name"] for entry in values["catalogue"]],
            **voucher._print_images(values),
        }

    def _print_block(self, block):
        """Return a block with plain texts."""
        return {
            "title": block["title"],
            "steps": [
                step.striptags() if isinstance(step, Markup) else step for step in block["steps"]
            ],
            "rows": [[row["label"], row["value"]] for row in block["rows"]],
        }

    def _print_images(self, values):
        """Return the names of barcode and QR code, and the files behind them."""
        files, names = {}, {"barcode": "", "qr": ""}
        images = {key: values[key] for key in names}
        for key, image in images.items():
            if image:
                names[key] = f"{key}_{self.id}.svg"
                files[names[key]] = image
        return {**names, "files": files}
