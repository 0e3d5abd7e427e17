from odoo import fields, models


class IspTillSession(models.Model):
    """The figures of a session: per form of payment, of the drawer, and on paper."""

    _inherit = "isp.till.session"

    # === BUSINESS METHODS === #

    def _isp_summary(self):
        """Return the figures of the session as they are now, JSON-able, amounts as floats.

        :return: dict with ``opening``, ``forms`` (dicts ``name``, ``kind``, ``count``,
            ``amount``, ``reversed``), ``taken`` (all forms, without what was reversed),
            ``cash_in``, ``cash_out``, ``given_back`` and ``expected``
        """
        self.ensure_one()
        session_sudo = self.sudo()
        payments = session_sudo.payment_ids.filtered("isp_number")
        forms = [
            session_sudo._isp_form_row(form, group)
            for form, group in payments.grouped("isp_payment_form_id").items()
        ]
        sums = {
            kind: sum(
                session_sudo.movement_ids.filtered(
                    lambda movement, wanted=kind: movement.kind == wanted
                ).mapped("amount")
            )
            for kind in ("in", "out", "reversal")
        }
        return {
            "opening": session_sudo.opening_amount,
            "forms": sorted(forms, key=lambda row: (row["kind"] != "cash", row["name"])),
            "taken": sum(row["amount"] - row["reversed"] for row in forms),
            "cash_in": sums["in"],
            "cash_out": sums["out"],
            "given_back": sums["reversal"],
            "expected": session_sudo._isp_expected(payments),
        }

    def _isp_form_row(self, form, payments):
        gone = payments.filtered("isp_reversed_at")
        return {
            "name": form.name or "",
            "kind": form.counter_kind or "",
            "count": len(payments),
            "amount": sum(payments.mapped("amount")),
            "reversed": sum(gone.mapped("amount")),
        }

    # === BUSINESS METHODS: PAPER === #

    def _isp_print_name(self):
        """Return the name of the file of the report, without extension."""
        self.ensure_one()
        return self.env._("Till session %s", self.name)

    def _isp_typst_data(self, report):
        """Return the data of the printed report; dates are local, as dd/mm/yyyy HH:MM:SS."""
        self.ensure_one()
        self.check_access("read")
        session = self.sudo()
        local = session.env["account.payment"].new({"company_id": session.company_id.id})._isp_local
        closed = session.state == "closed"
        rows = [
            (self.env._("Session"), session.name),
            (self.env._("Till"), session.till_id.name),
            (self.env._("Branch"), session.branch_id.name),
            (self.env._("Cashier"), session.user_id.name),
            (self.env._("Opened"), local(session.opened_at)),
            (self.env._("Closed"), local(session.closed_at)),
            (self.env._("Closed by"), session.closed_by_id.name or ""),
        ]
        return {
            "title": self.env._("Till report"),
            "stamp": local(fields.Datetime.now()),
            "state": self.env._("CLOSED") if closed else self.env._("OPEN"),
            "rows": [row for row in rows if row[1]],
            "figures": session._isp_paper_figures(),
            "sections": [
                session._isp_paper_forms(),
                session._isp_paper_payments(),
                session._isp_paper_movements(),
                session._isp_paper_count(),
            ],
            "note_label": self.env._("Note"),
            "note": session.closing_note or "",
            "signatures": [self.env._("Cashier"), self.env._("Received by")],
        }

    def _isp_paper_figures(self):
        """Return ``[label, amount, strong]`` of the drawer, from the float to the difference."""
        money, summary = self._isp_paper_money, self.summary
        cash = sum(row["amount"] for row in summary["forms"] if row["kind"] == "cash")
        figures = [
            [self.env._("Opening float"), money(summary["opening"]), False],
            [self.env._("Cash payments"), money(cash), False],
            [self.env._("Cash in"), money(summary["cash_in"]), False],
            [self.env._("Cash out"), money(-summary["cash_out"]), False],
            [self.env._("Payments given back"), money(-summary["given_back"]), False],
            [self.env._("Expected cash"), money(summary["expected"]), True],
        ]
        if self.state == "closed":
            figures += [
                [self.env._("Counted cash"), money(self.counted_amount), True],
                [self.env._("Difference"), money(self.difference), True],
                [self.env._("Handed over"), money(self.handed_amount), False],
                [self.env._("Left in the drawer"), money(self.left_amount), False],
            ]
        return figures

    def _isp_paper_forms(self):
        money = self._isp_paper_money
        return {
            "title": self.env._("By form of payment"),
            "header": [
                self.env._("Form"),
                self.env._("Payments"),
                self.env._("Amount"),
                self.env._("Reversed"),
            ],
            "right": [1, 2, 3],
            "rows": [
                [row["name"], str(row["count"]), money(row["amount"]), money(row["reversed"])]
                for row in self.summary["forms"]
            ],
        }

    def _isp_paper_payments(self):
        payments = self.payment_ids.filtered("isp_number").sorted("isp_number")
        return {
            "title": self.env._("Payments"),
            "header": [
                self.env._("No."),
                self.env._("Time"),
                self.env._("Customer"),
                self.env._("Form"),
                self.env._("Reference"),
                self.env._("Amount"),
            ],
            "right": [5],
            "rows": [self._isp_paper_payment(payment) for payment in payments],
        }

    def _isp_paper_payment(self, payment):
        gone = self.env._("reversed") if payment.isp_reversed_at else ""
        return [
            payment._isp_payment_label(),
            payment._isp_local(payment.isp_paid_at)[11:19],
            payment.partner_id.display_name or "",
            payment.isp_payment_form_id.name or "",
            payment.isp_reference or "",
            f"{gone} {self._isp_paper_money(payment.amount)}".strip(),
        ]

    def _isp_paper_movements(self):
        return {
            "title": self.env._("Cash movements"),
            "header": [self.env._("Reason"), self.env._("By"), self.env._("Amount")],
            "right": [2],
            "rows": [
                [
                    movement._isp_text(),
                    movement.user_id.name,
                    self._isp_paper_money(movement.amount_signed),
                ]
                for movement in self.movement_ids
            ],
        }

    def _isp_paper_count(self):
        return {
            "title": self.env._("Count"),
            "header": [self.env._("Note or coin"), self.env._("Pieces"), self.env._("Amount")],
            "right": [0, 1, 2],
            "rows": [
                [
                    self._isp_paper_money(count.denomination),
                    str(count.pieces),
                    self._isp_paper_money(count.amount),
                ]
                for count in self.count_ids
            ],
        }

    def _isp_paper_money(self, amount):
        """Return ``amount`` as people read it: "-$349.00"."""
        sign = "-" if amount < 0 else ""
        return f"{sign}{self.currency_id.symbol}{abs(amount):,.2f}"
