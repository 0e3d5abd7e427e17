from odoo import fields, models


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _send(self, auto_commit=False, **options):
        """Extend `mail`: a notice to a customer goes out at most once, and not for a paid debt.

        Before the mail server is called the notice is committed as being sent. Who finds it so
        later knows that an attempt was interrupted: its outcome is unknown, it is never repeated
        by itself.
        """
        notices = self.env["isp.notice"].sudo().search([("mail_mail_id", "in", self.ids)])
        if not notices or self.env["ir.mail_server"]._disable_send():
            return super()._send(auto_commit=auto_commit, **options)
        by_mail = {notice.mail_mail_id.id: notice for notice in notices}
        super(MailMail, self.filtered(lambda mail: mail.id not in by_mail))._send(
            auto_commit=auto_commit, **options
        )
        for mail_id, notice in by_mail.items():
            mail = self.browse(mail_id)
            if mail._isp_may_send(notice):
                if auto_commit:  # before the call: a kill in between never sends it twice
                    self.env.cr.commit()  # pylint: disable=invalid-commit
                super(MailMail, mail)._send(auto_commit=auto_commit, **options)
            elif auto_commit:
                self.env.cr.commit()  # pylint: disable=invalid-commit
        return True

    def _isp_may_send(self, notice):
        """Mark ``notice`` as being sent; return False when its mail must not go out."""
        self.ensure_one()
        if self.state != "outgoing":
            return False
        if notice.state == "sending":
            text = self.env._(
                "The server stopped while it was being sent: ask the customer, then mark it"
                " as delivered or send it again."
            )
            self.write({"state": "exception", "failure_reason": text})
            notice.write({"state": "failed", "reason": text})
            return False
        if notice._isp_is_moot():
            self.write({"state": "cancel"})
            notice.write({"state": "skipped", "reason": self.env._("Paid meanwhile")})
            return False
        notice.write({"state": "sending"})
        return True

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Extend `mail`: note on the notices what became of their mails."""
        notices = self.env["isp.notice"].sudo().search([("mail_mail_id", "in", self.ids)])
        for notice in notices:
            if success_pids or success_emails:
                notice.write({"state": "sent", "sent_at": fields.Datetime.now(), "reason": False})
            else:
                reason = failure_reason or notice.mail_mail_id.failure_reason or failure_type
                notice.write({"state": "failed", "reason": reason})
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
