"""Point the demo at the simulators' present addresses; called again when ``DEMO_PORT`` changed."""

from __future__ import annotations

from urllib.parse import urlsplit

from . import fiscal, network, openpay, outside


def run(env) -> None:
    """Write every address, and tell the simulated Openpay where to send its messages."""
    parameters = env["ir.config_parameter"]
    parameters.set_param("web.base.url", outside.address("url"))
    parameters.set_param("web.base.url.freeze", "True")
    openpay.connect(env)
    fiscal.connect(env)
    network.connect(env)
    mail(env)
    env.cr.commit()
    openpay.listen(env)


def mail(env) -> None:
    """Send every mail to the simulated post office."""
    servers = env["ir.mail_server"].search([])
    values = {
        "name": "Demo",
        "smtp_host": "127.0.0.1",
        "smtp_port": urlsplit(outside.address("smtp")).port,
        "smtp_encryption": "none",
    }
    if servers:
        servers[:1].write(values)
    else:
        servers.create(values)


def deliver(env) -> None:
    """Send what is waiting, as Odoo's own mail queue does."""
    queue = env["mail.mail"]
    while queue.search_count([("state", "=", "outgoing")], limit=1):
        queue.process_email_queue(batch_size=200)
