from odoo import fields, models
from odoo.tools import format_date

from ..services import timeline as bar

STAFF = "isp_subscription.group_isp_readonly"
TONES = {
    "draft": "info",
    "to_install": "info",
    "active": "success",
    "grace": "warning",
    "suspended": "danger",
    "paused": "info",
    "cancel_pending": "warning",
    "cancelled": "muted",
}
FULL_DAY = "d MMM y"


class IspSubscription(models.Model):
    """The situation of a customer in one look: words, figures and a bar of months."""

    _inherit = "isp.subscription"

    situation = fields.Json(compute="_compute_situation_glance", groups=STAFF)
    timeline = fields.Json(compute="_compute_timeline", groups=STAFF)

    # === COMPUTE METHODS === #

    def _compute_situation_glance(self):
        """Fill the banner: ``{tone, title, since, step, step_tone, facts}``, all texts ready."""
        for subscription in self:
            if not subscription.id or not subscription._origin:
                subscription.situation = False
                continue
            step, tone = subscription._isp_next_step()
            subscription.situation = {
                "tone": TONES[subscription.state],
                "title": subscription._isp_state_label(),
                "since": subscription._isp_since_label(),
                "step": step,
                "step_tone": tone,
                "facts": subscription._isp_facts(),
            }

    def _compute_timeline(self):
        """Fill the bar: ``{segments, today}``; widths in days, the mark of today in percent."""
        for subscription in self:
            if not subscription._origin or not subscription.date_start:
                subscription.timeline = False
                continue
            today = subscription.company_id._isp_today()
            start, end = bar.window(
                today, subscription.anchor_day, subscription.date_start, subscription.date_end
            )
            rows = {row.id: row for row in subscription.period_ids if row.state != "void"}
            known = [
                bar.Segment(
                    row.date_start, row.date_end, subscription._isp_bar_kind(row, today), row.id
                )
                for row in rows.values()
            ]
            segments = bar.timeline(known, start, end, today, subscription.anchor_day)
            subscription.timeline = {
                "segments": [
                    subscription._isp_bar_segment(segment, rows.get(segment.key))
                    for segment in segments
                ],
                "today": bar.position(today, start, end),
            }

    # === BUSINESS METHODS: WORDS === #

    def _isp_day(self, day, pattern=FULL_DAY):
        """Return ``day`` in the reader's language, like "21 nov 2026"."""
        return format_date(self.env, day, date_format=pattern)

    def _isp_state_label(self):
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _isp_since_label(self):
        self.ensure_one()
        if not self.state_since:
            return ""
        zone = self.with_context(tz=self.company_id._isp_zone_name())
        day = fields.Datetime.context_timestamp(zone, self.state_since).date()
        return self.env._("since %s", self._isp_day(day))

    def _isp_days_label(self, day):
        """Return how far ``day`` is from today, in words."""
        days = (day - self.company_id._isp_today()).days
        if days == 0:
            return self.env._("today")
        if days == 1:
            return self.env._("tomorrow")
        if days == -1:
            return self.env._("yesterday")
        if days > 0:
            return self.env._("in %s days", days)
        return self.env._("%s days ago", -days)

    # === BUSINESS METHODS: FACTS === #

    def _isp_facts(self):
        """Return the figures of the banner, each ``{label, value, hint, tone}``."""
        self.ensure_one()
        credit = {
            "label": self.env._("Credit balance"),
            "value": self.currency_id.format(self.credit_balance),
            "hint": "",
            "tone": "success" if self.credit_balance > 0 else "",
        }
        facts = [self._isp_fact_cutoff()] if self.cutoff_date else []
        return [*facts, self._isp_fact_charges(), credit, self._isp_fact_payment()]

    def _isp_fact_cutoff(self):
        past = self.cutoff_date < self.company_id._isp_today()
        return {
            "label": self.env._("Cut-off date"),
            "value": self._isp_day(self.cutoff_date),
            "hint": self._isp_days_label(self.cutoff_date),
            "tone": "danger" if past and self.state in ("active", "grace", "suspended") else "",
        }

    def _isp_fact_charges(self):
        overdue, hint = self.overdue_amount, ""
        if overdue > 0:
            hint = self.env._(
                "%(amount)s overdue for %(days)s days",
                amount=self.currency_id.format(overdue),
                days=(self.company_id._isp_today() - self.overdue_since).days,
            )
        return {
            "label": self.env._("Charges"),
            "value": self.currency_id.format(self.balance_due),
            "hint": hint,
            "tone": "danger" if overdue > 0 else "",
        }

    def _isp_fact_payment(self):
        payments = self.env["account.payment"].sudo()
        domain = [
            ("isp_subscription_id", "=", self.id),
            ("state", "in", ("in_process", "paid")),
            ("payment_type", "=", "inbound"),
        ]
        payment = payments.search(domain, order="isp_paid_at desc, id desc", limit=1)
        label = self.env._("Last payment")
        if not payment:
            return {"label": label, "value": self.env._("None yet"), "hint": "", "tone": ""}
        zone = self.with_context(tz=self.company_id._isp_zone_name())
        moment = fields.Datetime.context_timestamp(zone, payment.isp_paid_at or payment.create_date)
        form = payment.isp_payment_form_id.name
        hint = " · ".join(part for part in (self._isp_day(moment.date()), form) if part)
        value = payment.currency_id.format(payment.amount)
        return {"label": label, "value": value, "hint": hint, "tone": ""}

    # === BUSINESS METHODS: BAR === #

    def _isp_bar_kind(self, row, today):
        """Return the kind of the segment of a ledger row on ``today``."""
        if row.state in ("paid", "off"):
            return row.state
        due = row.move_id.invoice_date_due
        return "overdue" if due and due < today else "open"

    def _isp_bar_segment(self, segment, row):
        """Return what the bar shows of one segment: kind, width, month, text to read."""
        labels = {
            "paid": self.env._("Paid"),
            "open": self.env._("Billed"),
            "overdue": self.env._("Overdue"),
            "off": self.env._("Without service"),
            "unbilled": self.env._("Not billed"),
            "future": self.env._("To come"),
        }
        parts = [
            f"{self._isp_day(segment.start)} – {self._isp_day(segment.end)}",
            labels[segment.kind],
        ]
        if row and row.amount_total:
            parts.append(self.currency_id.format(row.amount_total))
            if row.amount_open and row.amount_paid:
                open_amount = self.currency_id.format(row.amount_open)
                parts.append(self.env._("%s open", open_amount))
        return {
            "kind": segment.kind,
            "label": labels[segment.kind],
            "days": segment.days,
            "month": self._isp_day(segment.start, "MMM"),
            "text": " · ".join(parts),
        }
