"""The work of a collector in the suite, in workers that are forked from a loaded Odoo.

Loaded inside Odoo by `tests.faults.kit.inside`.
"""

from __future__ import annotations

import logging
import time

DEADLINE = 4.0
DUE = "UPDATE isp_device SET next_poll = NULL"


def world(caller, step: dict) -> None:
    """Make the devices and their lines."""

    def make(env):
        devices = env["isp.device"].create(
            [
                {
                    "name": f"device {number}",
                    "host": address,
                    "port": step["port"],
                    "community": "public",
                    "timeout": 0.4,
                    "retries": 1,
                }
                for number, address in enumerate(step["addresses"])
            ]
        )
        env["isp.interface"].create(
            [
                {"device_id": device.id, "source": "mt_ppp", "key": f"line{line}"}
                for device in devices
                for line in range(1, step["lines"] + 1)
            ]
        )

    caller.call(make)


def cycles(caller, step: dict) -> None:
    """Run a collector from its start for some cycles, whoever dies."""
    # A device that lies is told to the operator by its state; the log may say so too.
    logging.getLogger("odoo.addons.isp_traffic").setLevel(logging.ERROR)
    from odoo.addons.isp_traffic.services.fleet_book import Fleet  # the addons path is known now

    fleet = Fleet()
    try:
        for _number in range(step["count"]):
            with caller.registry().cursor() as cr:
                cr.execute(DUE)
            with caller.registry().cursor() as cr:
                env = caller.environment(cr)
                env["isp.device"]._run_fast_cycle(fleet, DEADLINE, 300, step["holder"])
            time.sleep(step.get("pause", 0.05))
    finally:
        fleet.close()


def plain(caller, step: dict) -> None:
    """Run the ordinary cycle of the scheduled action."""
    logging.getLogger("odoo.addons.isp_traffic").setLevel(logging.ERROR)
    with caller.registry().cursor() as cr:
        cr.execute(DUE)
    with caller.registry().cursor() as cr:
        caller.environment(cr)["isp.device"]._run_cycle(DEADLINE, 300, step["holder"])


def warm(env) -> None:
    """Use what the cycles use, in vain."""
    env["isp.device"]._run_cycle(0.5, 300, "warm")


STEPS = {"world": world, "cycles": cycles, "plain": plain}
