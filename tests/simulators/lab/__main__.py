"""``python -m tests.simulators.lab --port 8073 --openpay URL --pac URL --snmp URL --mail URL``."""

import argparse

from ..common import serve
from .app import build


def main() -> None:
    """Serve the page until stopped; simulators that are not given or not up are shown so."""
    parser = argparse.ArgumentParser(description="Page to play with the simulators (127.0.0.1).")
    parser.add_argument("--port", type=int, default=8073)
    parser.add_argument("--openpay", default="", help="address of the Openpay simulator")
    parser.add_argument("--pac", default="", help="address of the PAC simulator")
    parser.add_argument("--snmp", default="", help="control address of the SNMP simulator")
    parser.add_argument("--mail", default="", help="control address of the mail simulator")
    parser.add_argument("--portal", default="", help="address of the portal, for a link")
    options = parser.parse_args()
    targets = {name: getattr(options, name) for name in ("openpay", "pac", "snmp", "mail")}
    serve(build(targets, options.portal), options.port)


if __name__ == "__main__":
    main()
