"""What every simulator shares: a small HTTP server, faults, stored state, process control."""

from .faults import Fault, FaultBoard
from .http import App, HttpError, Request, Response, serve
from .process import SimulatorProcess, free_port
from .state import StateFile

__all__ = [
    "App",
    "Fault",
    "FaultBoard",
    "HttpError",
    "Request",
    "Response",
    "SimulatorProcess",
    "StateFile",
    "free_port",
    "serve",
]
