import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("invoice", "Statement"),
    ("reminder", "Reminder"),
    ("suspension", "Notice of suspension"),
    ("suspended", "Service suspended"),
    ("reactivated", "Service restored"),
    ("plan_change", "Plan change"),
    ("promise", "Promise of payment"),
    ("pause", "Vacation pause"),
    ("cancellation", "Cancellation"),
]
# Kinds about a debt: nothing is sent when it was paid meanwhile.
DEBT_KINDS = ("reminder", "suspension")
PROOF_STATES = ("sent", "delivered")
TEMPLATES = {"invoice": "invoice", "reminder": "reminder", "suspension": "suspension"}


class IspNotice(models.Model):
    """A notice to a customer: made once, sent at most once, kept as proof.

    A row exists for every notice that was due, whatever became of it. The mail is written in the
    same transaction and sent later by Odoo's mail queue. ``key`` tells the occasion: the invoice,
    the due date; one notice per service, kind and key. ``date`` is the company's calendar day.
    """

    _name = "isp.notice"
    _description = "Notice to a customer"
    _order = "id desc"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "isp.subscription", required=True, ondelete="cascade", readonly=True, check_company=True
    )
    partner_id = fields.Many2one(
        related="subscription_id.partner_id", string="Customer", store=True, precompute=True
    )
    commercial_partner_id = fields.Many2one(
        related="subscription_id.commercial_partner_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    lang = fields.Char(compute="_compute_lang")
    kind = fields.Selection(KINDS, required=True, readonly=True, index=True)
    key = fields.Char(required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, index="btree_not_null", check_company=True
    )
    run_id = fields.Many2one(
        "isp.run",
        readonly=True,
        index="btree_not_null",
        default=lambda self: self.env.context.get("isp_run_id"),
        groups="isp_subscription.group_isp_readonly",
    )
    amount = fields.Monetary(readonly=True, help="What was asked for, with tax.")
    date_due = fields.Date(string="Due date", readonly=True)
    text = fields.Text(readonly=True)
    channel = fields.Selection(
        [("email", "E-mail"), ("screen", "Portal"), ("manual", "By hand")], readonly=True
    )
    state = fields.Selection(
        [
            ("queued", "In the queue"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("undelivered", "To deliver"),
            ("failed", "Failed"),
            ("skipped", "Not sent"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    reason = fields.Char(readonly=True, help="Why it was not sent.")
    is_late = fields.Boolean(
        string="Too late",
        readonly=True,
        help="Fewer days before the due date than the law asks for.",
    )
    mail_mail_id = fields.Many2one(
        "mail.mail",
        string="Mail",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups="isp_subscription.group_isp_readonly",
    )
    headline = fields.Char(compute="_compute_headline", help="Of the mail, in its language.")
    portal_link = fields.Char(compute="_compute_portal_link", help="Of the service, for the mail.")
    recipient_id = fields.Many2one(
        "res.partner", compute="_compute_recipient_id", groups="isp_subscription.group_isp_readonly"
    )
    recipient = fields.Char(string="Address", readonly=True)
    subject = fields.Char(readonly=True)
    body_hash = fields.Char(
        string="Text (SHA-256)",
        readonly=True,
        groups="isp_subscription.group_isp_readonly",
        help="Fingerprint of the text that was written to the customer.",
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True)
    delivered_at = fields.Datetime(string="Delivered on", readonly=True)
    delivered_by = fields.Many2one(
        "res.users", readonly=True, groups="isp_subscription.group_isp_readonly"
    )

    _once = models.UniqueIndex(
        "(subscription_id, kind, key)", "This notice was already made for the service."
    )

    # === COMPUTE METHODS === #

    @api.depends("partner_id.lang")
    def _compute_lang(self):
        for notice in self:
            partner_lang = notice.partner_id.sudo().lang
            notice.lang = partner_lang or notice.company_id.sudo()._isp_lang()

    @api.depends("partner_id.email", "commercial_partner_id")
    def _compute_recipient_id(self):
        """The customer of the service gets the mail, else the payer."""
        for notice in self:
            partner = notice.partner_id.sudo()
            notice.recipient_id = partner if partner.email else partner.commercial_partner_id

    @api.depends("kind", "subscription_id.name")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for notice in self:
            notice.display_name = f"{labels.get(notice.kind, '')} · {notice.subscription_id.name}"

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Notices are kept as proof."))

    # === ACTION METHODS === #

    def action_mark_delivered(self):
        """The customer got the notice by hand (paper, phone, screen): from now on it is proof."""
        self.env["isp.subscription"]._isp_check_role("cashier", "billing")
        self.check_access("read")
        waiting = self.filtered(lambda notice: notice.state in ("undelivered", "failed"))
        if not waiting:
            raise UserError(self.env._("Choose notices that are still to be delivered."))
        waiting.sudo().write(
            {
                "state": "delivered",
                "channel": "manual",
                "delivered_at": fields.Datetime.now(),
                "delivered_by": self.env.uid,
            }
        )

    def action_send_again(self):
        """Queue the mail of a notice that failed, after its cause (address, server) was mended."""
        self.env["isp.subscription"]._isp_check_role("cashier", "billing")
        self.check_access("read")
        failed = self.filtered(lambda notice: notice.state in ("undelivered", "failed"))
        without = failed.filtered(lambda notice: not notice.recipient_id.email)
        if not failed or without:
            raise UserError(
                self.env._(
                    "Choose notices still to be delivered whose customer has an e-mail address."
                )
            )
        failed.sudo().write({"reason": False})
        failed.sudo()._isp_queue_mails()

    # === BUSINESS METHODS === #

    def _isp_queue_mails(self):
        """Write the mails of these notices into Odoo's queue, in this transaction; wake the sender.

        Without an address a notice waits to be delivered by hand.
        """
        by_mail = self.filtered(lambda notice: notice.recipient_id.email)
        (self - by_mail).write({"state": "undelivered", "channel": "manual"})
        if by_mail:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        for kind, notices in by_mail.grouped("kind").items():
            template = self.env.ref(self._isp_template_name(kind)).sudo()
            mails = template.send_mail_batch(
                notices.ids, email_layout_xmlid="isp_subscription.mail_layout"
            )
            for notice, mail in zip(notices, mails, strict=True):
                notice.write(
                    {
                        "state": "queued",
                        "channel": "email",
                        "mail_mail_id": mail.id,
                        "recipient": notice.recipient_id.email,
                        "subject": mail.subject,
                        "body_hash": hashlib.sha256((mail.body_html or "").encode()).hexdigest(),
                    }
                )

    @api.model
    def _isp_template_name(self, kind):
        """Hook: return the xmlid of the mail template of a kind."""
        return f"isp_subscription.mail_template_notice_{TEMPLATES.get(kind, 'service')}"

    def _isp_is_moot(self):
        """Return whether the debt that the notice is about was paid before it went out."""
        self.ensure_one()
        if self.kind not in DEBT_KINDS:
            return False
        found = self.subscription_id._isp_situation().get(self.subscription_id.id)
        if self.kind == "suspension":
            return not found or found.overdue < self.company_id.isp_min_debt
        return not found or found.balance <= 0

    @api.model
    def _isp_wake_up(self):
        """Have the customers told within seconds: who is cut must not have to find out."""
        self.env.ref("isp_subscription.ir_cron_notices").sudo()._trigger()

    # === COMPUTE METHODS: TEXTS === #

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_headline(self):
        headlines = self._isp_headlines()
        for notice in self:
            notice.headline = headlines[notice.kind]

    def _isp_headlines(self):
        return {
            "invoice": self.env._("Your statement is ready"),
            "reminder": self.env._("Payment reminder"),
            "suspension": self.env._("Your service is about to be suspended"),
            "suspended": self.env._("Your service is suspended"),
            "reactivated": self.env._("Your service is back"),
            "plan_change": self.env._("Your plan changes"),
            "promise": self.env._("Your promise of payment"),
            "pause": self.env._("Your pause"),
            "cancellation": self.env._("Your cancellation"),
        }

    @api.depends("subscription_id")
    def _compute_portal_link(self):
        for notice in self:
            notice.portal_link = f"{notice.get_base_url()}{notice.subscription_id.access_url}"
