"""Strange but documented answers of a PAC, armed one by one."""

import re
import threading
from dataclasses import replace

from ..common import Response
from .core import Core
from .store import Document

#: ``before_`` answers without stamping, ``cancel_code_…`` per UUID, ``cancel_request_…`` for all
KINDS = (
    "307_empty",
    "307_twice",
    "another",
    "before_empty",
    "before_html",
    "cancel_empty",
    "changed",
    "empty",
    "html",
    "no_incidents",
    "success_without_document",
    "twice",
    "uncontrolled",
    "warnings",
)
FAMILIES = re.compile(r"cancel_(code|request)_\w*\Z")


class Modes:
    """A queue of strange answers; each is used up by one call."""

    def __init__(self):
        self._lock = threading.Lock()
        self._queue: list[str] = []

    def arm(self, kind: str, times: int = 1) -> None:
        """Queue a strange answer.

        :raises ValueError: unknown kind.
        """
        if kind not in KINDS and not FAMILIES.match(kind):
            raise ValueError(f"unknown mode {kind!r}, one of {', '.join(KINDS)}")
        with self._lock:
            self._queue += [kind] * times

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._queue.clear()

    def take(self) -> str:
        """The next strange answer, empty when none is armed."""
        with self._lock:
            return self._queue.pop(0) if self._queue else ""

    @staticmethod
    def twist(mode: str, document: Document, core: Core) -> Document:
        """What goes into the answer: the document, another one, or one with a changed value."""
        if mode == "another":
            others = [each for each in core.store.documents.values() if each is not document]
            return others[0] if others else document
        if mode == "changed":
            return replace(document, xml=document.xml.replace('Cantidad="1"', 'Cantidad="2"'))
        return document


def odd(mode: str) -> Response:
    """A body that is no answer."""
    if mode.endswith("html"):
        return Response(502, "<html><h1>Bad gateway</h1></html>", content_type="text/html")
    return Response(200, "")
