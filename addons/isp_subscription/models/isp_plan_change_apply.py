from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..services.periods import Period


class IspPlanChange(models.Model):
    """Making the change: days given back, days billed, plan, price and speed, all at once."""

    _inherit = "isp.plan.change"

    # === BUSINESS METHODS === #

    def _isp_apply(self, terms):
        """Make the change by ``terms``, exactly once; return the invoices that received money.

        The state comes first: whatever posting entries sets off finds the request closed. Until
        the invoice of the change is posted nobody else may spend the money (the context).
        """
        self.ensure_one()
        self._isp_lock()
        if self.state != "awaiting_payment":
            return self.env["account.move"]
        change = self.with_context(isp_changing_plan=True)
        change._isp_mark_applied()
        subscription = change.subscription_id.sudo()
        notes = change._isp_give_back(terms)
        if change._isp_is_used_days():
            move = change._isp_bill_used_days(terms)
            change._isp_switch()
        else:
            change._isp_switch()
            move = change._isp_post_invoice(terms)
        change.write({"move_id": move.id, "credit_move_ids": [Command.set(notes.ids)]})
        moves = subscription._allocate_credit(subscription._isp_open_moves())
        subscription._isp_invalidate_balances()
        self._isp_tell_applied()
        return moves.with_env(self.env)

    def _isp_apply_now(self):
        """Make the change whatever is paid; what is not covered is a debt of the service."""
        self.ensure_one()
        change = self.sudo()
        change._isp_lock()
        if change.state != "awaiting_payment":
            raise UserError(self.env._("Only a change that waits for its payment can be made now."))
        change._isp_apply(change._isp_terms())
        return change.subscription_id._apply_credit()

    def _isp_apply_scheduled(self):
        """Make a scheduled change at its cut: periods from there on have the new price."""
        self.ensure_one()
        self.write({"state": "applied", "applied_at": fields.Datetime.now()})
        self._isp_switch()
        self._isp_tell_applied()

    def _isp_schedule(self):
        """Plan the change: what is billed beyond its day gets the new price."""
        self.ensure_one()
        self.subscription_id.write(
            {
                "next_plan_id": self.plan_to_id.id,
                "next_plan_date": self.effective_date,
                "next_plan_price": self.price_to,
            }
        )
        self._isp_bill_again(self.plan_to_id)
        if self.effective_date <= self.company_id._isp_today():
            self._isp_apply_scheduled()
            return
        change = self._isp_speaking()
        change._isp_tell(
            "scheduled",
            change.env._(
                "Your plan changes to %(plan)s on %(date)s.",
                plan=change.plan_to_id.name,
                date=change.subscription_id._isp_day_text(self.effective_date),
            ),
        )

    def _isp_unschedule(self):
        """Take a planned change back: what was billed for it gets the present price again."""
        self.ensure_one()
        self.subscription_id.write(
            {"next_plan_id": False, "next_plan_date": False, "next_plan_price": 0.0}
        )
        self._isp_bill_again(self.subscription_id.plan_id)

    # === HELPERS === #

    def _isp_tell_applied(self):
        change = self._isp_speaking()
        change._isp_tell(
            "applied",
            change.env._(
                "Your plan is now %(plan)s, %(speed)s.",
                plan=change.plan_to_id.name,
                speed=change.plan_to_id.isp_speed_label,
            ),
        )

    def _isp_mark_applied(self):
        """Close the request; its arithmetic stays what the customer was shown and asked for."""
        self.write(
            {
                "state": "applied",
                "applied_at": fields.Datetime.now(),
                "effective_date": self.company_id._isp_today(),
            }
        )
        self.flush_recordset()

    def _isp_is_used_days(self):
        """Return whether the invoice of the change bills days of the old plan (postpaid)."""
        return self.subscription_id.billing_mode == "postpaid"

    def _isp_switch(self):
        """Change plan, price and speed of the service; an agreed price was for the old plan."""
        subscription = self.subscription_id.sudo()
        subscription.write(
            {
                "plan_id": self.plan_to_id.id,
                "price_override": self.agreed_price,
                "next_plan_id": False,
                "next_plan_date": False,
                "next_plan_price": 0.0,
            }
        )
        subscription._track_set_log_message(
            self.env._("Plan changed from %s", self.plan_from_id.name)
        )
        subscription.flush_recordset()
        subscription._network_apply()

    def _isp_reason(self):
        """Return the text of credit notes, in the customer's language."""
        change = self._isp_speaking()
        return change.env._("Change to %s", change.plan_to_id.name)

    def _isp_give_back(self, terms):
        """Credit the days of ``terms`` and return the posted credit notes."""
        notes = self.env["account.move"].sudo()
        subscription = self.subscription_id.sudo()
        for period in terms.credits:
            notes |= subscription._isp_credit_days(period.start, period.end, self._isp_reason())
        return notes

    def _isp_draft_invoice(self, terms):
        """Write the lines of ``terms`` on the draft invoice of the request and return it."""
        self.ensure_one()
        lines = [Command.create(vals) for vals in self._prepare_line_vals(terms)]
        today = self.company_id._isp_today()
        dates = {
            "invoice_date": today,
            "invoice_date_due": max([today, *(period.start for period in terms.charges)]),
        }
        if self.move_id:
            self.move_id.write({**dates, "invoice_line_ids": [Command.clear(), *lines]})
        else:
            self.move_id = (
                self.env["account.move"]
                .sudo()
                .create({**self._prepare_invoice_vals(), **dates, "invoice_line_ids": lines})
            )
        return self.move_id

    def _prepare_invoice_vals(self):
        subscription = self.subscription_id
        return {
            "move_type": "out_invoice",
            "company_id": subscription.company_id.id,
            "partner_id": subscription.partner_id.id,
            "currency_id": subscription.currency_id.id,
            "invoice_payment_term_id": False,
            "invoice_origin": subscription.name,
            "invoice_user_id": False,
        }

    def _prepare_line_vals(self, terms):
        """Return one line per period of ``terms``; the ledger row comes when it is posted."""
        subscription = self.subscription_id.sudo()
        target = subscription._isp_as_if(self.plan_to_id, self.price_to)
        return [
            {
                **target._prepare_invoice_line_vals(period),
                "isp_subscription_id": subscription.id,
            }
            for period in terms.charges
        ]

    def _isp_post_invoice(self, terms):
        """Post the invoice of the change, each line with its own new row of the ledger."""
        if not terms.charges:
            return self.env["account.move"]
        move = self._isp_draft_invoice(terms)
        lines = move.invoice_line_ids.sorted("id")
        for line, period in zip(lines, terms.charges, strict=True):
            row = self.subscription_id.sudo()._claim_period_for_line(line, period)
            row.write({"price": self.price_to, "change_id": self.id})
        move._post(soft=False)
        return move

    def _isp_bill_used_days(self, terms):
        """Bill the days used so far with the old plan (postpaid), due as any other bill."""
        if not terms.charges:
            return self.env["account.move"]
        subscription = self.subscription_id.sudo()
        today = self.company_id._isp_today()
        return subscription._isp_invoice([(subscription, list(terms.charges))], today)

    def _isp_bill_again(self, plan):
        """Give back what is billed from the day of the change on and bill it with ``plan``."""
        subscription = self.subscription_id.sudo().with_context(isp_changing_plan=True)
        start = self.effective_date
        rows = subscription._isp_live_rows().filtered(
            lambda row: row.date_start >= start and row.plan_id != plan
        )
        if not rows:
            return
        notes = self.env["account.move"].sudo()
        for row in rows:
            notes |= subscription._isp_credit_days(row.date_start, row.date_end, self._isp_reason())
        self.credit_move_ids |= notes
        if plan.isp_billing_mode == "postpaid":
            return  # billed when their month is over
        periods = [Period(row.date_start, row.date_end) for row in rows]
        today = self.company_id._isp_today()
        moves = subscription._isp_invoice([(subscription, [period]) for period in periods], today)
        subscription._allocate_credit(moves)
