"""``python -m tests.simulators.pac --port 8071``: run the simulator until it is stopped."""

import argparse

from ..common import serve
from .config import Config
from .server import build


def parse_arguments() -> argparse.Namespace:
    """Command line options; the defaults are those of the demo."""
    parser = argparse.ArgumentParser(description="Local PAC and SAT simulator (127.0.0.1 only).")
    parser.add_argument("--port", type=int, default=8071)
    parser.add_argument("--user", default=Config.user)
    parser.add_argument("--password", default=Config.password)
    parser.add_argument("--state", help="file that keeps stamps and the certificate")
    return parser.parse_args()


def main() -> None:
    """Build and serve."""
    options = parse_arguments()
    config = Config(user=options.user, password=options.password)
    serve(build(config, options.state), options.port)


if __name__ == "__main__":
    main()
