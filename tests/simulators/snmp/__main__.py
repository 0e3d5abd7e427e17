"""``python -m tests.simulators.snmp --port 8072 --lines 60 --seed 7``: run until stopped."""

import argparse
from pathlib import Path

from ..common import StateFile, serve
from .agent import Agent
from .control import Control
from .mib import read_snmprec
from .model import default_lines
from .world import World


def parse_arguments() -> argparse.Namespace:
    """Command line options; the defaults are those of the demo."""
    parser = argparse.ArgumentParser(description="Local SNMP agents (127.0.0.1 only).")
    parser.add_argument("--port", type=int, default=8072, help="UDP port of the agents")
    parser.add_argument("--control-port", type=int, help="TCP port; default: same number")
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--snmprec", action="append", default=[], help="recording; its name is the community"
    )
    parser.add_argument("--state", help="file that keeps the state over a restart")
    return parser.parse_args()


def main() -> None:
    """Build the world, start the agent, serve the control interface."""
    options = parse_arguments()
    world = World(default_lines(options.lines, options.seed))
    state = StateFile(options.state)
    world.load(state.load())
    for path in options.snmprec:
        world.add_recording(Path(path).stem, read_snmprec(path))
    agent = Agent(world, options.port)
    agent.start()
    serve(Control(world, state).app(), options.control_port or agent.port, on_stop=agent.stop)


if __name__ == "__main__":
    main()
