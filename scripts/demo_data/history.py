"""Six months of an ISP's life, day by day, through the production code under a moved clock."""

from __future__ import annotations

import datetime
import logging
import random

from freezegun import freeze_time

from odoo.tests import Form

from . import connect, fiscal, life, openpay, outside, scenario

_logger = logging.getLogger(__name__)

ANALYZE_EVERY = 6  # simulated days
TELL_EVERY = 15
SLIP = 480200  # slips of terminals and transfers are numbered from here
LOCAL_TO_UTC = datetime.timedelta(hours=6)  # Michoacán has no summer time since 2022


class History:
    """Drives contracts, billing, payments, stamping and cut-off from first day to today."""

    def __init__(self, env, today: datetime.date, plans, places) -> None:
        self.env = env
        self.today = today
        self.plans = plans
        self.branches, self.zones = places
        self.customers = scenario.customers(today)
        self.rows = {}  # customer index -> isp.subscription
        self.lines = {}  # customer index -> simulated line
        self.real_now = datetime.datetime.utcnow().replace(microsecond=0)
        self.clock = None
        self.slips = 0

    # === CLOCK === #

    def at(self, day: datetime.date, hour: int, minute: int = 0, second: int = 0) -> None:
        """Move the clocks of Odoo and simulators to a local time, never ahead of now."""
        local = datetime.datetime.combine(day, datetime.time(hour, minute, second))
        moment = min(local + LOCAL_TO_UTC, self.real_now)
        self.clock.move_to(moment)
        outside.set_clocks(moment)

    # === DAYS === #

    def run(self) -> None:
        """Every day from the first subscription to today."""
        day = first = min(customer.start for customer in self.customers)
        days = (self.today - first).days
        # one frozen clock that moves: freezing anew walks every loaded module
        with freeze_time(self.real_now) as self.clock:
            while day <= self.today:
                self._one_day(day)
                day += datetime.timedelta(1)
                if day.toordinal() % ANALYZE_EVERY == 0:
                    self.env.cr.execute("ANALYZE")  # months pass faster than autovacuum wakes up
                if (day - first).days % TELL_EVERY == 0:
                    _logger.info("demo data: %d of %d days", (day - first).days, days)
        outside.set_clocks(None)

    def _one_day(self, day: datetime.date) -> None:
        company = self.env.company
        services = self.env["isp.subscription"].with_company(company)
        self.at(day, 6)
        for customer in self.customers:
            if customer.start == day:
                self._contract(customer, day)
        self.env["isp.pause"]._run_pauses(day, company)
        self.env["isp.cancellation"]._run_cancellations(day, company)
        self.env["isp.plan.change"]._cron_plan_changes()
        services._run_billing(day, company)
        life.happen(self, day)
        self.env.cr.commit()
        self._payments(day)
        self.at(day, 20)
        services._run_notices(day, company)
        self.env.cr.commit()
        connect.deliver(self.env)  # only a notice that was sent proves anything
        self.at(day, 21)
        services._run_cutoff(day, company)
        self.env.cr.commit()

    # === CUSTOMERS === #

    def _contract(self, customer: scenario.Customer, day: datetime.date) -> None:
        person = customer.person
        if customer.payer is None:
            partner = self.env["res.partner"].create(self._partner_vals(customer))
        else:  # a second house, paid by the same customer
            partner = self.rows[customer.payer].partner_id
        address = self.env["isp.service.address"].create(
            {
                "partner_id": partner.id,
                "street": person.street,
                "street2": person.neighbourhood,
                "city": partner.city,
                "state_id": partner.state_id.id,
                "zip": partner.zip,
            }
        )
        subscription = self.env["isp.subscription"].create(
            {
                "partner_id": partner.id,
                "plan_id": self.plans[customer.plan].id,
                "anchor_day": customer.anchor,
                "zone_id": self.zones[customer.zone].id,
                "branch_id": self.branches[scenario.ZONE_BRANCH[customer.zone]].id,
                "service_address_id": address.id,
                "date_start": False if customer.ending == "draft" else day,
            }
        )
        self.rows[customer.index] = subscription
        if customer.ending == "draft":
            return
        subscription.action_confirm()
        if customer.ending != "to_install":
            subscription.action_activate()

    def _partner_vals(self, customer: scenario.Customer) -> dict:
        person = customer.person
        branch = scenario.BRANCHES[scenario.ZONE_BRANCH[customer.zone]]
        vals = {
            "name": person.name,
            "email": "" if customer.ending == "no_mail" else person.email,
            "phone": person.phone,
            "lang": "es_MX",
            "street": person.street,
            "street2": person.neighbourhood,
            "city": branch[1],
            "zip": branch[3],
            "state_id": self.env.ref("base.state_mx_mich").id,
            "country_id": self.env.ref("base.mx").id,
            "tz": "America/Mexico_City",
        }
        return vals | (fiscal.partner_vals(person) if customer.fiscal else {})

    # === PAYMENTS === #

    def _payments(self, day: datetime.date) -> None:
        rng = random.Random(f"{scenario.SEED}-{day}")
        for customer in self.customers:
            subscription = self.rows.get(customer.index)
            if not subscription or subscription.state not in ("active", "grace", "suspended"):
                continue
            if not subscription._isp_open_moves():
                continue
            due = scenario.pays_on(customer, subscription.cutoff_date, self.today)
            if due is None or due > day:
                continue
            self.at(day, rng.randrange(8, 20), rng.randrange(60), rng.randrange(60))
            self._pay(customer, subscription, rng)
            self.env.cr.commit()

    def _pay(self, customer: scenario.Customer, subscription, rng: random.Random) -> None:
        months = customer.months
        if method := openpay.METHODS.get(customer.form):
            openpay.pay(self.env, subscription, months, self.clock, method)
        else:
            self._counter(customer, subscription, months, rng)
        fiscal.stamp(self.env)

    def _counter(self, customer, subscription, months: int, rng: random.Random) -> None:
        """A payment at the branch; now and then only a part of it, or more."""
        amount = subscription._get_payment_quote(months)["total"]
        if rng.random() < 0.04 and amount > 240:
            amount = 200.0
        elif customer.ending == "credit" and rng.random() < 0.3:
            amount += 100.0
        self.counter(customer, subscription, amount, months)

    def counter(self, customer, subscription, amount: float, months: int = 0) -> None:
        """Money at the branch, by the cashier's own window."""
        form = self.env["isp.payment.form"]._isp_get(customer.form)
        window = Form(
            self.env["isp.counter.payment"].with_context(default_subscription_id=subscription.id)
        )
        window.months = months
        window.payment_form_id = form
        window.amount = amount
        if customer.form != "cash_branch":
            self.slips += 1
            window.reference = f"{SLIP + self.slips}"
        window.save()._isp_register()
