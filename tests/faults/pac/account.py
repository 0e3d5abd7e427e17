"""The issuer of a play and its accounts at both PACs, made inside Odoo."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.faults.money.population import populate
from tests.faults.money.steps import jobs_by_hand

from .names import CUSTOMER_RFC, ISSUER_RFC, PASSWORD, PROVIDERS, USER

#: Odoo's jobs that belong to fiscal documents; the others have a suite of their own
QUIET = """
UPDATE ir_cron SET active = false WHERE id NOT IN (
    SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module = 'isp_cfdi');
UPDATE ir_cron SET nextcall = nextcall - interval '1 day';
"""
#: what the code promises, written down by the database itself
WITNESS = """
CREATE TABLE faults_rebuilt (id integer, state text, moment timestamp);
CREATE FUNCTION faults_rebuilt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO faults_rebuilt
    VALUES (OLD.id, OLD.outbox_state, clock_timestamp());
    RETURN NEW;
END $$;
CREATE TRIGGER faults_rebuilt BEFORE UPDATE ON isp_cfdi_document FOR EACH ROW
    WHEN (OLD.outbox_state IN ('sent', 'unknown') AND NEW.outbox_state IN ('sent', 'unknown')
          AND OLD.sealed_sha256 IS DISTINCT FROM NEW.sealed_sha256)
    EXECUTE FUNCTION faults_rebuilt();
"""

#: what was paid before the company issued documents
BEFORE = """
CREATE TABLE faults_before AS SELECT id FROM account_move WHERE isp_paid_on IS NOT NULL
"""


def world(caller, step: dict) -> None:
    """Make the population and an issuer who can seal."""
    today = date.fromisoformat(step["today"])
    caller.remember(services=caller.call(lambda env: populate(env, step["seed"], today)))
    jobs_by_hand(caller, step)  # bills of today, so that there are debts
    caller.call(issuer)
    caller.call(lambda env: env.cr.execute(QUIET + WITNESS))


def issuer(env) -> None:
    """Give the company its certificate, and every customer fiscal data."""
    # The addons can be imported when Odoo has read its configuration, after this module.
    from odoo.addons.isp_cfdi.services.csd_tools import make_pair

    company = env.company
    company.write({"name": "Red Tarasca", "vat": ISSUER_RFC, "zip": "58000"})
    company.write({"isp_cfdi_regime": "601", "isp_cfdi_policy": "payment"})
    start = datetime.now(UTC) - timedelta(days=30)
    pair = make_pair(ISSUER_RFC, "RED TARASCA", password="faults", valid_from=start)
    env["isp.cfdi.certificate"]._isp_import(company, *pair, "faults")
    payers = env["isp.subscription"].search([]).commercial_partner_id
    payers.write(
        {
            "vat": CUSTOMER_RFC,
            "zip": "58110",
            "isp_cfdi_regime": "612",
            "isp_cfdi_use": "G03",
        }
    )
    forms = env["isp.payment.form"].search([("isp_cfdi_form", "=", False)])
    forms.isp_cfdi_form = "01"


def connect(env, addresses: dict[str, str]) -> None:
    """Make an account at each PAC; the company begins with the last one."""
    env.cr.execute(BEFORE)
    for provider in PROVIDERS:
        account = env["isp.cfdi.pac"].create(
            {
                "name": provider,
                "provider": provider,
                "company_id": env.company.id,
                "base_url": addresses[provider],
                "sat_url": addresses[provider],
                "login": USER,
                "password": PASSWORD,
                "timeout": 5,
            }
        )
        env.company.isp_cfdi_pac_id = account
