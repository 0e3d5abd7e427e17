"""The ways in which a PAC can fail.

They say what is known about the other side, because that decides what may happen next: only
``PacReject`` allows a document to be built again.
"""

from __future__ import annotations


class PacError(Exception):
    """Base of all; ``raw`` is the answer as it came, empty when there was none."""

    def __init__(self, code: str, text: str, raw: bytes = b"") -> None:
        self.code = code
        self.text = text
        self.raw = raw
        super().__init__(f"{code}: {text}" if code else text)


class PacTransient(PacError):
    """Nothing was sent or nothing was done: the same call may be repeated."""


class PacUnknownOutcome(PacError):
    """Sent, but the answer is missing or unreadable: ask before doing anything new."""


class PacReject(PacError):
    """A definite no: nothing fiscal exists."""


class PacAuth(PacError):
    """Wrong credentials or an account that may not stamp: nothing was stamped."""


class PacNoCredit(PacAuth):
    """The account has no stamps left."""


class PacAlreadyStamped(PacError):
    """The PAC holds a stamp for this document; ``xml`` is it when it was sent along."""

    def __init__(self, code: str, text: str, raw: bytes = b"", xml: bytes | None = None) -> None:
        super().__init__(code, text, raw)
        self.xml = xml


class PacNotStamped(PacError):
    """The PAC states that it holds no stamp for this document."""
