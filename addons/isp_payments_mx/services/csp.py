"""The Content-Security-Policy of the page with the card form."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import urlsplit

_SCRIPT = re.compile(rb"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_SRC = re.compile(rb"\ssrc\s*=", re.IGNORECASE)
# Odoo notes on its own bundles that they could not be loaded.
_HANDLER = re.compile(rb"<(?:script|link)\b[^>]*?\son(?:error|load)=\"([^\"]*)\"", re.IGNORECASE)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address, or an empty text."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _sources(texts: Iterable[bytes]) -> list[str]:
    digests = (base64.b64encode(hashlib.sha256(text).digest()).decode() for text in texts)
    return list(dict.fromkeys(f"'sha256-{digest}'" for digest in digests))


def inline_hashes(html: bytes) -> list[str]:
    """Return the CSP source of every inline script of a page, in order, without repetitions."""
    return _sources(body for given, body in _SCRIPT.findall(html) if not _SRC.search(given))


def handler_hashes(html: bytes) -> list[str]:
    """Return what lets the handlers of a page's bundles run, nothing when there are none."""
    found = _sources(unescape(text.decode()).encode() for text in _HANDLER.findall(html))
    return ["'unsafe-hashes'", *found] if found else []


def card_policy(html: bytes, scripts: Iterable[str], services: Iterable[str]) -> str:
    """Return the header's value: scripts of ours, of ``scripts``, and nothing else.

    The framework of the page compiles its templates in the browser, hence ``unsafe-eval``; an
    inline script runs only when it is one of this answer.

    :param scripts: addresses of the payment SDK
    :param services: origins the SDK talks to
    """
    sdk = sorted({origin for origin in map(origin_of, scripts) if origin})
    remote = sorted({*sdk, *(item for item in services if item)})
    own = [*inline_hashes(html), *handler_hashes(html)]
    directives = {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'unsafe-eval'", *own, *sdk],
        "connect-src": ["'self'", *remote],
        "img-src": ["'self'", "data:", *remote],
        "frame-src": ["'self'", *remote],
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(" ".join([name, *values]) for name, values in directives.items())
