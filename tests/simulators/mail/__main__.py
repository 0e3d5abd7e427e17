"""``python -m tests.simulators.mail --port 8074 --smtp-port 8075``: run until stopped."""

import argparse
from pathlib import Path

from ..common import serve
from .control import build
from .office import Office
from .smtp import Server


def main() -> None:
    """Take mail on one port, answer the control interface on the other."""
    parser = argparse.ArgumentParser(description="Local post office (127.0.0.1 only).")
    parser.add_argument("--port", type=int, default=8074, help="TCP port of the control interface")
    parser.add_argument("--smtp-port", type=int, default=8075)
    parser.add_argument("--state", help="file that keeps the messages over a restart")
    options = parser.parse_args()
    office = Office(Path(options.state) if options.state else None)
    server = Server(office, options.smtp_port)
    server.start()
    serve(build(office, server.port), options.port, on_stop=server.shutdown)


if __name__ == "__main__":
    main()
