import sys
import threading

from odoo.cli import Command
from odoo.tools import config


class IspCollector(Command):
    """Poll the traffic of network devices until stopped: `odoo isp_collector -d DB --interval 60`.

    Also gives the live graph of the customer portal its points. Stop it with SIGTERM.
    """

    name = "isp_collector"

    def run(self, args):
        """Parse own options, leave the others to Odoo, work."""
        self.parser.add_argument(
            "--interval", type=int, help="seconds between two readings (default: each device's own)"
        )
        self.parser.add_argument("--cycles", type=int, default=0, help="stop after so many cycles")
        own, rest = self.parser.parse_known_args(args)
        if own.interval is not None and own.interval < 5:
            sys.exit("The interval must be 5 seconds or more.")
        config.parser.prog = self.prog
        config.parse_config(rest, setup_logging=True)
        databases = config["db_name"]
        if len(databases) != 1:
            sys.exit("Name one database with -d.")
        threading.current_thread().dbname = databases[0]
        # Imported late: the addons path is known only now.
        from odoo.addons.isp_traffic.collector import Collector

        Collector(databases[0], own.interval, own.cycles).run()
