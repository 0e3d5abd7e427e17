"""What a PAC can do for us; how it can fail is in ``errors``."""

from __future__ import annotations

import abc
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ..transport import TIMEOUT, Answer
from .errors import (
    PacAlreadyStamped,
    PacAuth,
    PacError,
    PacNoCredit,
    PacNotStamped,
    PacReject,
    PacTransient,
    PacUnknownOutcome,
)

__all__ = [
    "CancelAnswer",
    "Credentials",
    "PacAdapter",
    "PacAlreadyStamped",
    "PacAuth",
    "PacError",
    "PacNoCredit",
    "PacNotStamped",
    "PacReject",
    "PacTransient",
    "PacUnknownOutcome",
    "StampAnswer",
    "is_reject",
    "judged",
]

T = TypeVar("T")
#: SAT's codes of a definite no: structure, seal and certificate (301-308 without 307), date
#: and regime (401-403), Anexo 20 and its complements.  Whatever else a PAC says is unknown.
_REJECT = re.compile(r"(30[1-68]|40[123]|CFDI\d{5}|CRP\d{5,8}|CRE\d{3,8}|705|707)\Z")


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


def is_reject(code: str) -> bool:
    """Whether ``code`` states that the document was judged and refused."""
    return bool(_REJECT.match(code))


class PacAdapter(abc.ABC):
    """One account at one PAC; used by several threads at once.

    :param timeout: seconds to wait for an answer
    """

    #: Hours for which the PAC surely recognises bytes that it stamped before; None: for good.
    memory_hours: float | None = None

    def __init__(self, base_url: str, credentials: Credentials, timeout: float = TIMEOUT) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self._credentials = credentials

    @abc.abstractmethod
    def stamp(self, xml: bytes, key: str) -> StampAnswer:
        """Stamp a sealed document; ``key`` stays the same over every retry.

        A document that was stamped before is a success with ``recovered``.
        """

    @abc.abstractmethod
    def recover(self, xml: bytes, key: str, age: float = float("inf")) -> StampAnswer:
        """Find out whether ``xml`` was stamped; raises ``PacNotStamped`` when it was not.

        A PAC whose stamping call is idempotent may stamp it now.

        :param age: seconds since the bytes were last sent; a PAC may need a moment to know
        """

    @abc.abstractmethod
    def cancel(self, signed_xml: bytes) -> CancelAnswer:
        """Present a cancelation that we signed; the key never goes to the PAC."""

    @abc.abstractmethod
    def ping(self) -> None:
        """Log in and do nothing else; raises like the other calls."""

    def receipt(self, rfc: str, uuid: str) -> bytes:
        """Return the receipt of a cancelation that was presented before, empty without one."""
        return b""


def judged(answer: Answer, reader: Callable[[Answer], T]) -> T:
    """Read an answer; one that cannot be read keeps its bytes and is an unknown outcome."""
    try:
        return reader(answer)
    except PacError:
        raise
    except Exception as error:
        text = f"Unreadable answer with HTTP status {answer.status}"
        raise PacUnknownOutcome("answer", text, answer.body) from error
