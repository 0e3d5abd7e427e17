"""The messages that arrived, and how the next deliveries are to fail."""

import email
import email.policy
import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KEEP = 5000
#: kinds of faults: answer to RCPT (temporary, permanent), cut before or after taking the message
FAULTS = ("busy", "no_such_user", "refuse", "drop")


class Office:
    """Stored messages, newest last; thread-safe.

    :param journal: file to which each message is added, to survive a restart.
    """

    def __init__(self, journal: Path | None = None):
        self._lock = threading.Lock()
        self._journal = journal
        self.messages: list[dict[str, Any]] = self._read()[-KEEP:]
        self._next = self.messages[-1]["id"] + 1 if self.messages else 1
        self._faults: list[dict[str, Any]] = []

    def _read(self) -> list[dict[str, Any]]:
        """The messages of the journal; a line cut short by a kill is left out."""
        if self._journal is None or not self._journal.exists():
            return []
        messages = []
        for line in self._journal.read_text(encoding="utf-8").splitlines():
            try:
                messages.append(json.loads(line))
            except ValueError:
                continue
        return messages

    def take(self, sender: str, recipients: list[str], content: bytes) -> int:
        """Store one message and return its number."""
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        body = parsed.get_body(("html", "plain"))
        message = {
            "at": datetime.now(UTC).isoformat(),
            "from": sender,
            "to": recipients,
            "subject": str(parsed["subject"] or ""),
            "message_id": str(parsed["message-id"] or ""),
            "body": body.get_content() if body else "",
            "attachments": [part.get_filename() for part in parsed.iter_attachments()],
        }
        with self._lock:
            number, self._next = self._next, self._next + 1
            message["id"] = number
            self.messages.append(message)
            del self.messages[:-KEEP]
            if self._journal is not None:
                with self._journal.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(message, ensure_ascii=False) + "\n")
        return number

    def listing(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Messages, newest first; ``to`` and ``subject`` narrow, ``limit`` (100) cuts."""
        with self._lock:
            found = [
                message
                for message in reversed(self.messages)
                if query.get("to", "") in ",".join(message["to"])
                and query.get("subject", "").lower() in message["subject"].lower()
            ]
        return found[: int(query.get("limit", 100))]

    def clear(self) -> None:
        """Forget every message."""
        with self._lock:
            self.messages.clear()
            if self._journal is not None:
                self._journal.write_text("", encoding="utf-8")

    # === FAULTS === #

    def arm(self, kind: str, times: int = 1) -> None:
        """Make the next ``times`` messages fail.

        :raises ValueError: unknown kind.
        """
        if kind not in FAULTS:
            raise ValueError(f"unknown kind of fault: {kind}")
        with self._lock:
            self._faults.append({"kind": kind, "times": int(times)})

    def fault(self, *kinds: str) -> str:
        """The armed fault that is one of ``kinds``, used up once, or an empty text."""
        with self._lock:
            for fault in self._faults:
                if fault["kind"] in kinds:
                    fault["times"] -= 1
                    if fault["times"] <= 0:
                        self._faults.remove(fault)
                    return fault["kind"]
        return ""
