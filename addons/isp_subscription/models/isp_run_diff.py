from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_round

from ..services.run_diff import compare

KINDS = {
    "billing": ("billing",),
    "notice": ("notice",),
    "cutoff": ("cutoff",),
    "day": ("billing", "notice", "cutoff"),
}


class IspRun(models.Model):
    """The comparison of a simulation with the real runs of its company and day."""

    _inherit = "isp.run"

    # === ACTION METHODS === #

    def action_diff(self):
        """Open the differences between this simulation and the real runs of the same day."""
        self.ensure_one()
        self.env["isp.subscription"]._isp_check_role("billing")
        differences = self._isp_diff()
        if not differences:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "success",
                    "message": self.env._("The real runs did exactly what was simulated."),
                },
            }
        records = self.env["isp.run.difference"].sudo().create(differences)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.isp_run_difference_action"
        )
        return {**action, "domain": [("id", "in", records.ids)]}

    # === BUSINESS METHODS === #

    def _isp_real_runs(self):
        """Return the real runs that this simulation foresaw."""
        self.ensure_one()
        return self.sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("date", "=", self.date),
                ("is_dry", "=", False),
                ("kind", "in", KINDS[self.kind]),
                ("id", ">", self.id),
            ]
        )

    def _isp_diff(self):
        """Return the differences as values of `isp.run.difference`, empty when there are none.

        :raise UserError: when it is no simulation, or no real run followed it
        """
        self.ensure_one()
        if not self.is_dry:
            raise UserError(self.env._("Compare a simulation with the real runs of its day."))
        runs = self._isp_real_runs()
        if not runs:
            raise UserError(self.env._("There was no real run of this day after the simulation."))
        found = compare(self._isp_planned(runs), runs._isp_done())
        reasons = self._isp_diff_reasons({diff.key[0] for diff in found}, runs)
        return [
            {
                "run_id": self.id,
                "subscription_id": diff.key[0],
                "action": diff.key[1],
                "kind": diff.kind,
                "planned": self._isp_facts_text(diff.key, diff.planned),
                "done": self._isp_facts_text(diff.key, diff.done),
                "reason": reasons.get(diff.key[0]) or self._isp_default_reason(diff),
            }
            for diff in found
        ]

    def _isp_planned(self, runs):
        """Return ``{(service, action, occasion): facts}`` of the simulation, for these runs."""
        wanted = set()
        for kind, actions in (
            ("billing", ("bill", "fail")),
            ("notice", ("remind", "warn")),
            ("cutoff", ("grace", "cut")),
        ):
            if kind in runs.mapped("kind"):
                wanted.update(actions)
        lines = self.env["isp.run.line"].sudo()
        domain = [("run_id", "=", self.id), ("action", "in", list(wanted))]
        return {line._isp_key(): line._isp_facts() for line in lines.search(domain, order="id")}

    def _isp_done(self):
        """Return ``{(service, action, occasion): facts}`` of these real runs.

        Bills come from the ledger, notices from their records, the rest from the lines.
        """
        self.env.flush_all()
        done = {}
        for sub_id, start, end, amount, issued, due in self.env.execute_query(
            SQL(
                """
                SELECT item.subscription_id, MIN(item.date_start), MAX(item.date_end),
                       SUM(item.amount_billed), move.invoice_date, move.invoice_date_due
                  FROM isp_subscription_period item
                  JOIN account_move move ON move.id = item.move_id
                 WHERE item.run_id IN %s
              GROUP BY item.subscription_id, item.move_line_id, move.id
              ORDER BY item.subscription_id, 2
                """,
                tuple(self.ids),
            )
        ):
            facts = (end, issued, due, float_round(float(amount), precision_digits=2))
            done[sub_id, "bill", start] = facts
        notices = self.env["isp.notice"].sudo()
        made = [("run_id", "in", self.ids), ("kind", "in", ("reminder", "suspension"))]
        for notice in notices.search([*made, ("state", "!=", "skipped")], order="id"):
            action = "remind" if notice.kind == "reminder" else "warn"
            done[notice.subscription_id.id, action, notice.date_due] = (notice.amount,)
        lines = self.env["isp.run.line"].sudo()
        for line in lines.search([("run_id", "in", self.ids)], order="id"):
            done[line._isp_key()] = line._isp_facts()
        return done

    def _isp_diff_reasons(self, sub_ids, runs):
        """Return ``{service id: why}`` where the cause can be told: failed, paid, ended, …"""
        services = self.env["isp.subscription"].sudo().browse(sub_ids)
        reasons = {}
        failed = self.env["isp.run.line"].sudo()
        for line in failed.search([("run_id", "in", runs.ids), ("action", "=", "fail")]):
            reasons[line.subscription_id.id] = self.env._("It failed: %s", line.reason)
        states = dict(services._fields["state"]._description_selection(self.env))
        for service in services.filtered(lambda sub: sub.id not in reasons):
            paid, changed = service.last_payment_date, service.state_since
            if paid and paid >= self.started_at:
                reasons[service.id] = self.env._("A payment arrived after the simulation")
            elif changed and changed >= self.started_at:
                reasons[service.id] = self.env._(
                    "The service changed after the simulation: %s", states[service.state]
                )
            elif service.write_date and service.write_date >= self.started_at:
                reasons[service.id] = self.env._("The service was changed after the simulation")
        return reasons

    def _isp_default_reason(self, diff):
        """Return what the difference itself tells, when no cause was found."""
        if diff.kind == "missing":
            return self.env._("It was no longer due, or another process had it locked")
        if diff.kind == "extra":
            return self.env._("It was not due yet when it was simulated")
        return self.env._("Prices or rules changed after the simulation")

    def _isp_facts_text(self, key, facts):
        """Return one side of a difference for people, "" where it did not happen."""
        if facts is None:
            return ""
        occasion, amount = key[2], facts[-1] if facts else 0.0
        parts = [str(occasion)] if occasion else []
        if len(facts) > 1:
            parts = [f"{occasion} – {facts[0]}", self.env._("due %s", facts[2])]
        if amount and isinstance(amount, float):
            parts.append(self.currency_id.format(amount))
        return ", ".join(parts) or self.env._("Yes")
