from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..services.cut_rules import first_cut_day
from ..services.run_rules import parse_offsets

LEGAL_LEAD_DAYS = 10
SWITCHES = {
    "invoice": "isp_notify_invoice",
    "reminder": "isp_notify_reminder",
    "suspension": "isp_notify_suspension",
}


class ResCompany(models.Model):
    """Runs and notices: when they wait, what is sent and when."""

    _inherit = "res.company"

    isp_suspended_billing = fields.Selection(
        selection_add=[("ahead", "Bill what the customer's credit pays")],
        ondelete={"ahead": "set default"},
    )
    isp_catchup_days = fields.Integer(
        string="Days without runs that need a confirmation",
        default=5,
        help="After a longer silence (server off, restored backup) the automatic runs wait until"
        " a manager confirms them.",
    )
    isp_notify_invoice = fields.Boolean(string="Send statements", default=True)
    isp_notify_reminder = fields.Boolean(string="Send payment reminders", default=True)
    isp_notify_suspension = fields.Boolean(string="Send notices of suspension", default=True)
    isp_notify_service = fields.Boolean(
        string="Send notices about the service",
        default=True,
        help="Suspended, restored, plan change, promise, pause, cancellation.",
    )
    isp_reminder_offsets = fields.Char(
        string="Reminder days",
        default="-3,0,3",
        help="Up to three, counted from the due date: -3,0,3 is three days before, on the day"
        " and three days after.",
    )
    isp_suspension_notice_days = fields.Integer(
        string="Notice of suspension (days after due)", default=1
    )
    isp_notice_days = fields.Integer(
        string="Days between the notice and the cut",
        default=1,
        help="A cut needs a notice that went out at least so many days before.",
    )
    isp_cut_needs_notice = fields.Boolean(
        string="No cut without proof of the notice",
        default=True,
        help="The customer must have been told in writing before the service is cut.",
    )
    isp_statement_lead_days = fields.Integer(
        string="Statement (days before due)",
        default=LEGAL_LEAD_DAYS,
        help="A statement of a postpaid service sent later than this is marked as too late.",
    )
    isp_notice_max_age = fields.Integer(
        string="Oldest notice still sent (days)",
        default=5,
        help="A notice whose day passed longer ago is recorded and not sent, so that a run after"
        " a silence does not flood customers.",
    )

    _isp_notice_days_positive = models.Constraint(
        "CHECK(isp_catchup_days >= 1 AND isp_notice_days >= 0 AND isp_suspension_notice_days >= 0"
        " AND isp_statement_lead_days >= 0 AND isp_notice_max_age >= 0)",
        "The days of runs and notices cannot be negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends("isp_cut_needs_notice")
    def _compute_isp_legal_warnings(self):
        return super()._compute_isp_legal_warnings()

    # === CONSTRAINT METHODS === #

    @api.constrains("isp_reminder_offsets")
    def _check_isp_reminder_offsets(self):
        for company in self:
            try:
                company._isp_reminder_days()
            except ValueError:
                raise ValidationError(
                    self.env._("Write up to three whole numbers of days, for example: -3,0,3")
                ) from None

    @api.constrains("isp_cut_needs_notice", "isp_notify_suspension")
    def _check_isp_cut_needs_notice(self):
        if any(
            company.isp_cut_needs_notice and not company.isp_notify_suspension for company in self
        ):
            raise ValidationError(
                self.env._(
                    "Without notices of suspension nothing can be cut: send them, or allow cuts"
                    " without proof of the notice."
                )
            )

    # === BUSINESS METHODS === #

    def _isp_reminder_days(self):
        """Return the days of the reminders, counted from the due date, in order."""
        self.ensure_one()
        return parse_offsets(self.isp_reminder_offsets or "")

    def _isp_sends(self, kind):
        """Return whether the company sends notices of ``kind``."""
        self.ensure_one()
        return self.sudo()[SWITCHES.get(kind, "isp_notify_service")]

    def _isp_notice_limit(self, date):
        """Return the moment (UTC) before which the notice of a cut on ``date`` must be out.

        The end of the day ``isp_notice_days`` days before, where the company is; None for no day.
        """
        self.ensure_one()
        if not date:
            return None
        day = date - timedelta(self.isp_notice_days - 1)
        midnight = pytz.timezone(self._isp_zone_name()).localize(datetime.combine(day, time()))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None)

    def _isp_first_cut_after(self, told):
        """Return the first day of a cut for a debt whose statement came late, on ``told``."""
        self.ensure_one()
        return first_cut_day(told + timedelta(self.isp_statement_lead_days), self.isp_grace_days)

    def _isp_legal_problems(self):
        """Extend: nobody is cut by law who was not told in writing before."""
        problems = super()._isp_legal_problems()
        if not self.isp_cut_needs_notice:
            problems.append(
                self.env._(
                    "Services are cut without proof of a notice; the law asks for one in writing."
                )
            )
        return problems

    def _isp_manager(self):
        """Return the user who is asked when the automatic runs need a person."""
        self.ensure_one()
        group = self.env.ref("isp_subscription.group_isp_manager")
        users = group.sudo().all_user_ids.filtered(
            lambda user: user.active and not user.share and self in user.company_ids
        )
        people = users - self.env.ref("base.user_root")
        return (people or users or self.env.user)[:1]
