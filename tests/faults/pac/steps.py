"""The steps of a round: payments, cancellations, changes of the PAC, and the jobs.

Loaded inside Odoo by `tests.faults.kit.inside`.
"""

from __future__ import annotations

from odoo.exceptions import UserError

from tests.faults.money.population import CASHIER
from tests.faults.money.steps import counter, scheduler
from tests.faults.openpay.wire import ask

from .account import connect, world

CANCELLABLE = ("stamped", "cancel_rejected")


def begin(caller, step: dict) -> None:
    """Connect the company with both PACs."""
    caller.call(lambda env: connect(env, step["pacs"]))


def trouble(_caller, step: dict) -> None:
    """Let both PACs go wrong in the ways that were drawn."""
    for url in step["pacs"].values():
        for path, order in step["orders"]:
            ask("POST", f"{url}{path}", order)


def pay(caller, step: dict) -> None:
    """A customer pays at the counter; what becomes paid gets its fiscal document."""
    counter(caller, step)


def cancel(caller, step: dict) -> None:
    """A clerk asks for a cancellation with the wizard, until the server has answered."""
    if "document" not in caller.memory:
        caller.remember(document=caller.call(lambda env: _pick(env, step["pick"])))
    if caller.memory["document"]:
        try:
            caller.call(lambda env: _cancel(env, caller.memory["document"], step))
        except UserError as refusal:
            caller.note(refused=str(refusal)[:200])


def _pick(env, share: float) -> int:
    documents = env["isp.cfdi.document"].search([("state", "in", CANCELLABLE)], order="id")
    return documents[int(share * len(documents))].id if documents else 0


def _cancel(env, document: int, step: dict) -> None:
    record = env["isp.cfdi.document"].browse(document)
    if record.state not in CANCELLABLE:
        return
    values = {"document_id": document, "motive": step["motive"]}
    env["isp.cfdi.cancel"].create(values).action_request()


def switch(caller, step: dict) -> None:
    """The company changes its PAC."""
    caller.call(lambda env: _switch(env, step["provider"]))


def _switch(env, provider: str) -> None:
    account = env["isp.cfdi.pac"].search([("provider", "=", provider)])
    if env.company.isp_cfdi_pac_id != account:
        env.company.isp_cfdi_pac_id = account


def repair(caller, _step: dict) -> None:
    """A clerk has documents built again that were refused."""
    caller.call(_repair)


def _repair(env) -> None:
    for document in env["isp.cfdi.document"].search([("state", "in", ("error", "draft"))]):
        document.action_rebuild()


def stamp(caller, _step: dict) -> None:
    """Stamp what is due, past the lock of the job."""
    caller.call(lambda env: env["isp.cfdi.document"]._isp_stamp_batch() and None)


def present(caller, _step: dict) -> None:
    """Present the cancellations that are due, past the lock of the job."""
    caller.call(lambda env: env["isp.cfdi.cancellation"]._cron_cancel())


def look(caller, _step: dict) -> None:
    """Ask SAT about everything whose turn has come, past the lock of the job."""
    caller.call(lambda env: env["isp.cfdi.document"]._cron_sat_status())


def warm(env) -> None:
    """A payment with its document; nothing of it is committed, so nothing may be sent."""
    service = env["isp.subscription"].search([("state", "=", "active")], limit=1)
    cashier = env["res.users"].search([("login", "=", CASHIER)])
    values = {"subscription_id": service.id, "months": 1, "amount": 349.0}
    env["isp.counter.payment"].with_user(cashier).create(values).action_register()


STEPS = {
    function.__name__: function
    for function in (
        *(world, begin, trouble, pay, cancel, switch, repair),
        *(stamp, present, look, scheduler),
    )
}
