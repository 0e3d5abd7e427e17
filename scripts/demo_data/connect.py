"""Point the demo at the simulators' present addresses; called again when ``DEMO_PORT`` changed."""

from __future__ import annotations

from . import fiscal, network, outside, spei


def run(env) -> None:
    """Write every address, and tell the simulated Openpay where to send its messages."""
    parameters = env["ir.config_parameter"]
    parameters.set_param("web.base.url", outside.address("url"))
    parameters.set_param("web.base.url.freeze", "True")
    spei.connect(env)
    fiscal.connect(env)
    network.connect(env)
    env.cr.commit()
    spei.listen(env)
