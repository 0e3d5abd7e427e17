from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..services.till import cents, counted_cash


class IspTillSession(models.Model):
    """The end of a session: the count, the difference and its entry."""

    _inherit = "isp.till.session"

    # === BUSINESS METHODS === #

    def _isp_close(self, counted=None, pieces=None, handed=0.0, note=""):
        """Close the session with what was counted; nothing of it changes afterwards.

        :param float counted: total of the drawer; not needed with ``pieces``
        :param dict pieces: ``{denomination: number}``
        :param float handed: cash taken out of the drawer by the office, part of the count
        :raise UserError: closed already, or a difference without a word about it
        """
        self.ensure_one()
        self._isp_check_own()
        self._isp_enter()
        session_sudo = self.sudo()
        pieces = {value: number for value, number in (pieces or {}).items() if number}
        if any(number < 0 for number in pieces.values()):
            raise UserError(self.env._("A count cannot be negative."))
        total = float(counted_cash(pieces.items()) if pieces else cents(counted or 0.0))
        session_sudo._isp_check_count(total, handed)
        summary = session_sudo._isp_summary()
        difference = float(cents(total) - cents(summary["expected"]))
        session_sudo._isp_check_note(difference, note)
        entry = session_sudo._isp_book_difference(difference)
        session_sudo.write(
            {
                "count_ids": [
                    Command.create({"denomination": value, "pieces": number})
                    for value, number in pieces.items()
                ],
                "closing_summary": summary,
                "expected_amount": summary["expected"],
                "counted_amount": total,
                "difference": difference,
                "handed_amount": handed,
                "left_amount": float(cents(total) - cents(handed)),
                "closing_note": note or False,
                "difference_move_id": entry.id,
                "closed_at": fields.Datetime.now(),
                "closed_by_id": self.env.uid,
                "state": "closed",
            }
        )

    def _isp_check_count(self, total, handed):
        compare = self.currency_id.compare_amounts
        if compare(total, 0.0) < 0 or compare(handed, 0.0) < 0:
            raise UserError(self.env._("A count cannot be negative."))
        if compare(handed, total) > 0:
            raise UserError(self.env._("No more than what was counted can be handed over."))

    def _isp_check_note(self, difference, note):
        limit = self.company_id.isp_till_note_above
        large = self.currency_id.compare_amounts(abs(difference), limit) > 0
        if large and not (note or "").strip():
            raise UserError(
                self.env._(
                    "The drawer differs by %s: write in the note what happened.",
                    self.currency_id.format(difference),
                )
            )

    def _isp_book_difference(self, difference):
        """Post the difference on the profit or loss account of the cash journal.

        Without these accounts nothing is booked; the chatter tells accounting.

        :return: the entry, none when there is nothing to book
        """
        if self.currency_id.is_zero(difference):
            return self.env["account.move"]
        journal = self.journal_id
        account = journal.profit_account_id if difference > 0 else journal.loss_account_id
        if not account:
            self.message_post(
                body=self.env._(
                    "The difference was not booked: journal %s has no profit and loss accounts.",
                    journal.display_name,
                )
            )
            return self.env["account.move"]
        label = self.env._("Difference of till session %s", self.name)
        return self._isp_create_entry(account, difference, label)

    def _isp_create_entry(self, account, amount, label):
        """Post ``amount`` into the cash account (negative: out of it) against ``account``."""
        self.ensure_one()
        cash = self.journal_id.default_account_id
        sides = ((cash, amount), (account, -amount))
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "company_id": self.company_id.id,
                "journal_id": self.journal_id.id,
                "date": self.company_id._isp_today(),
                "ref": f"{self.name}: {label}",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": side.id,
                            "name": label,
                            "debit": max(value, 0.0),
                            "credit": max(-value, 0.0),
                        }
                    )
                    for side, value in sides
                ],
            }
        )
        entry._post(soft=False)
        return entry
