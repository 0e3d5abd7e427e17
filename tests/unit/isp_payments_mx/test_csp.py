"""The policy of the card page."""

import base64
import hashlib

from isp_payments_mx_services.csp import card_policy, handler_hashes, inline_hashes, origin_of

PAGE = b"""<html><script>var a = 1;</script><script src="/web/assets/x.js"></script>
<SCRIPT type="text/javascript">
b()</SCRIPT><script>var a = 1;</script></html>"""


def source(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"


def test_hashes():
    assert inline_hashes(PAGE) == [source(b"var a = 1;"), source(b"\nb()")]


def test_handlers():
    page = b"""<script src="/a.js" onerror="__failed=&#39;a&#39;"></script><p onclick="x()"/>"""
    assert handler_hashes(page) == ["'unsafe-hashes'", source(b"__failed='a'")]
    assert handler_hashes(PAGE) == []


def test_origin():
    assert origin_of("https://js.openpay.mx/openpay.v1.min.js") == "https://js.openpay.mx"
    assert origin_of("http://127.0.0.1:8070/x?y") == "http://127.0.0.1:8070"
    assert origin_of("/web/assets") == origin_of("") == ""


def test_policy():
    scripts = ["https://js.openpay.mx/a.js", "https://js.openpay.mx/b.js"]
    policy = card_policy(PAGE, scripts, ["https://api.openpay.mx", ""])
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["script-src"].endswith(" https://js.openpay.mx")
    assert "unsafe-inline" not in parts["script-src"]
    assert parts["connect-src"] == "'self' https://api.openpay.mx https://js.openpay.mx"
    assert parts["object-src"] == "'none'"
    assert ";;" not in policy and "\n" not in policy
