"""Put the parts together."""

from ..common import App
from . import sat_face
from .cancelling import Sat
from .clock import Clock
from .config import Config
from .control import Control
from .core import Core
from .finkok_face import FinkokFace
from .modes import Modes
from .store import Store
from .sw_face import SwFace


def build(config: Config | None = None, state: str | None = None) -> App:
    """The simulator with its faces; ``state`` is the journal that survives a restart."""
    config = config or Config()
    clock, modes = Clock(), Modes()
    store = Store(state, config.sat_number)
    core, sat = Core(config, store, clock), Sat(store, clock)
    app = App("pac", server_header="PAC simulado")
    SwFace(config, core, sat, modes).register(app)
    FinkokFace(config, core, sat, modes).register(app)
    sat_face.register(app, sat)
    Control(core, sat, modes).register(app)
    return app
