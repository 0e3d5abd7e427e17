"""Puts a simulator together from its parts."""

import threading
import time

from ..common import StateFile
from .api import Api, OpenpayApp
from .clock import Clock
from .config import Config
from .control import Control
from .pages import Pages
from .routes import bind
from .store import Store


def build(config: Config, state: StateFile | None = None) -> tuple[OpenpayApp, Api]:
    """The app with all routes, and its API object; nothing runs yet."""
    app = OpenpayApp("openpay", "openpay-simulator")
    store = Store(state, config.seed)
    api = Api(app, config, store, Clock())
    bind(api)
    Control(app, api)
    Pages(app, api)
    return app, api


def start_background(api: Api) -> None:
    """Begin delivering webhooks and expiring references that are due."""
    api.webhooks.start()

    def sweep() -> None:
        while True:
            time.sleep(5)
            with api.store.reading():
                due = api.bank.has_due()
            if due:
                with api.store.transaction():
                    api.bank.expire_due()

    threading.Thread(target=sweep, name="expiry", daemon=True).start()
