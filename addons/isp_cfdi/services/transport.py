"""The one place where the addon talks HTTP.

Its errors tell apart "nothing left this machine" and "nobody knows what happened",
which is the only thing that matters after a failure.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.util import parse_url

from .pac.errors import PacTransient, PacUnknownOutcome

_logger = logging.getLogger(__name__)
#: Seconds to connect, and to wait for the answer.
CONNECT_TIMEOUT = 10
TIMEOUT = 60
_NOT_SENT = (requests.exceptions.ConnectTimeout, requests.exceptions.InvalidURL)


class _Adapter(HTTPAdapter):
    """Give up connecting much earlier than waiting for the answer."""

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        limits = (CONNECT_TIMEOUT, timeout)
        return super().send(request, stream, limits, verify, cert, proxies)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer whatever its status."""

    status: int
    body: bytes


def host_of(url: str) -> str:
    """The host that ``post`` would call, in small letters; empty when there is none.

    requests asks urllib3, which ends a host at a backslash where Python's urlsplit goes on to
    the ``@``; DNS takes a host with a final dot for the same.
    """
    try:
        host = parse_url(url).host or ""
    except urllib3.exceptions.LocationParseError:
        return ""
    return host.lower().rstrip(".").strip("[]")


def post(
    url: str,
    headers: dict[str, str] | None = None,
    timeout: float = TIMEOUT,
    **content,
) -> Answer:
    """POST ``content`` (``json``, ``data`` or ``files`` of requests) and return the answer.

    Raises ``PacTransient`` when no connection was made and ``PacUnknownOutcome`` when it
    broke afterwards.  Redirects are refused: credentials stay with the configured host.
    Neither headers nor bodies are logged.
    """
    try:
        with requests.Session() as session:
            session.mount("http://", _Adapter())
            session.mount("https://", _Adapter())
            answer = session.post(
                url, headers=headers, timeout=timeout, allow_redirects=False, **content
            )
    except _NOT_SENT as error:
        raise PacTransient("connect", f"No connection: {type(error).__name__}") from error
    except requests.exceptions.ConnectionError as error:
        if _never_connected(error):
            raise PacTransient("connect", "The service cannot be reached") from error
        raise PacUnknownOutcome("connection", "The connection broke off") from error
    except requests.exceptions.RequestException as error:
        raise PacUnknownOutcome("answer", f"No answer: {type(error).__name__}") from error
    _logger.info("POST %s -> %s, %d bytes", url, answer.status_code, len(answer.content))
    return Answer(answer.status_code, answer.content)


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """requests hides the reason inside urllib3's MaxRetryError."""
    reason = error.args[0] if error.args else None
    return isinstance(getattr(reason, "reason", None), urllib3.exceptions.NewConnectionError)
