"""The customers' mailbox: a post office that outlives every crash, and what must be in it."""

from __future__ import annotations

from collections import Counter

from tests.simulators.mail.office import Office
from tests.simulators.mail.smtp import Server

SHOWN = 3
#: a notice that was interrupted and then given by hand may have come by mail too
NOTICES = """
    SELECT recipient, subject, state FROM isp_notice
     WHERE recipient IS NOT NULL AND subject IS NOT NULL
"""


class Mailbox:
    """An SMTP server on a free loopback port."""

    def __init__(self) -> None:
        self.office = Office()
        self.server = Server(self.office, 0)
        self.server.start()

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()

    def connect(self, cursor) -> None:
        """Let a database send its mail here."""
        cursor.execute(
            "UPDATE ir_mail_server SET smtp_host = '127.0.0.1', smtp_port = %s",
            (self.server.port,),
        )

    def violations(self, cursor) -> list[str]:
        """Mails that came twice, and notices that claim a mail that never came."""
        cursor.execute("SELECT to_regclass('isp_notice') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(NOTICES)
        return judge(cursor.fetchall(), self.office.messages)


def judge(notices: list[tuple[str, str, str]], messages: list[dict]) -> list[str]:
    """Compare notices (recipient, subject, state) with the messages that arrived."""
    ids = Counter(message["message_id"] for message in messages)
    notes = [f"mail {name} came {count} times" for name, count in ids.items() if count > 1]
    made = Counter((recipient, subject) for recipient, subject, _state in notices)
    sent = Counter((who, subject) for who, subject, state in notices if state == "sent")
    came = Counter(
        (recipient, message["subject"])
        for message in messages
        for recipient in message["to"]
        if (recipient, message["subject"]) in made
    )
    notes += [f"more mails than notices: {what}" for what in (came - made)]
    notes += [f"noted as sent, but it never came: {what}" for what in (sent - came)]
    return notes[:SHOWN]
