"""Control interface of the post office.

``GET /_control/messages?to=&subject=&limit=`` · ``DELETE /_control/messages`` ·
``POST /_control/fail {"kind": "busy|no_such_user|refuse|drop", "times": 1}``.
"""

from typing import Any

from ..common import App, HttpError, Request
from .office import Office


def build(office: Office, smtp_port: int) -> App:
    """The app that ``serve`` runs."""
    app = App("mail", "mail")
    app.health = lambda: {"smtp_port": smtp_port, "messages": len(office.messages)}
    app.add("GET", "/_control/messages", lambda request: office.listing(request.query))
    app.add("DELETE", "/_control/messages", lambda _request: office.clear() or {"ok": True})

    def fail(request: Request) -> dict[str, Any]:
        try:
            office.arm(**request.json_or_empty())
        except (TypeError, ValueError) as error:
            raise HttpError(400, {"error": str(error)}) from error
        return {"ok": True}

    app.add("POST", "/_control/fail", fail)
    return app
