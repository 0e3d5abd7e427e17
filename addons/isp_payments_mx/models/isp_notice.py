from odoo import api, fields, models

DEBIT_KINDS = [
    ("debit", "Notice of a card charge"),
    ("debit_failed", "Card charge refused"),
    ("debit_card", "Card about to expire"),
    ("debit_mandate", "Direct debit"),
]


class IspNotice(models.Model):
    """Notices about direct debit; ``date_due`` of a notice of a charge is the day of the charge."""

    _inherit = "isp.notice"

    kind = fields.Selection(
        selection_add=DEBIT_KINDS, ondelete={kind: "cascade" for kind, _label in DEBIT_KINDS}
    )
    debit_id = fields.Many2one(
        "isp.card.debit", string="Card charge", readonly=True, index="btree_not_null"
    )
    pay_path = fields.Char(
        readonly=True,
        groups="base.group_system",
        help="Page of a payment reference, with the token that opens it.",
    )

    @api.model
    def _isp_template_name(self, kind):
        """Extend: the mails of direct debit have a look of their own."""
        if kind in dict(DEBIT_KINDS):
            return "isp_payments_mx.mail_template_notice_debit"
        return super()._isp_template_name(kind)

    def _isp_headlines(self):
        return {
            **super()._isp_headlines(),
            "debit": self.env._("We will charge your card"),
            "debit_failed": self.env._("We could not charge your card"),
            "debit_card": self.env._("Your card is about to expire"),
            "debit_mandate": self.env._("Your direct debit"),
        }

    @api.depends("kind", "pay_path")
    def _compute_portal_link(self):
        """Extend: to the page of the direct debit, or to the reference to pay with."""
        debits = self.filtered(lambda notice: notice.kind in dict(DEBIT_KINDS))
        res = super(IspNotice, self - debits)._compute_portal_link()
        for notice in debits:
            path = notice.sudo().pay_path
            path = path or f"/my/isp/card?subscription_id={notice.subscription_id.id}"
            notice.portal_link = f"{notice.get_base_url()}{path}"
        return res

    def _isp_is_moot(self):
        """Extend: a charge that is not coming any more is not announced."""
        if self.kind == "debit" and self.debit_id:
            return self.debit_id.state not in ("announced", "retry", "card")
        return super()._isp_is_moot()
