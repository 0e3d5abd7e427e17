"""What a PAC can do for us, and the ways in which it can fail.

The errors say what is known about the other side, because that decides what may happen
next: only ``PacReject`` allows a document to be built again.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass, field


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


@dataclass(frozen=True)
class Credentials:
    """Access to the account: user and password, or a token without expiry."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class StampAnswer:
    """A stamped document.  ``recovered`` tells that it had been stamped before."""

    xml: bytes
    raw: bytes
    recovered: bool = False


@dataclass(frozen=True)
class CancelAnswer:
    """Answer to a cancelation: SAT's code per UUID and the receipt, unchanged.

    ``code`` and ``text`` are those of the whole request when it failed.
    """

    codes: dict[str, str]
    acuse: bytes
    raw: bytes
    code: str = ""
    text: str = ""


class PacAdapter(abc.ABC):
    """One account at one PAC."""

    def __init__(self, base_url: str, credentials: Credentials) -> None:
        self.base_url = base_url.rstrip("/")
        self._credentials = credentials

    @abc.abstractmethod
    def stamp(self, xml: bytes, key: str) -> StampAnswer:
        """Stamp a sealed document; ``key`` stays the same over every retry.

        A document that was stamped before is a success with ``recovered``.
        """

    @abc.abstractmethod
    def recover(self, xml: bytes, key: str) -> StampAnswer:
        """Find out whether ``xml`` was stamped; raises ``PacNotStamped`` when it was not.

        A PAC whose stamping call is idempotent may stamp it now.
        """

    @abc.abstractmethod
    def cancel(self, signed_xml: bytes) -> CancelAnswer:
        """Present a cancelation that we signed; the key never goes to the PAC."""

    @abc.abstractmethod
    def ping(self) -> None:
        """Log in and do nothing else; raises like the other calls."""
