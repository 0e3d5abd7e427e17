"""The ISP itself: company, branches, zones, plans, staff."""

from __future__ import annotations

import secrets

from . import scenario

STAFF = (
    # login, name, group
    ("gerencia", "Gerencia", "isp_subscription.group_isp_manager"),
    ("cobranza", "Cobranza", "isp_subscription.group_isp_billing"),
    ("caja", "Caja", "isp_subscription.group_isp_cashier"),
    ("tecnico", "Soporte técnico", "isp_subscription.group_isp_technician"),
    ("consulta", "Consulta", "isp_subscription.group_isp_readonly"),
)


def settings(env):
    """Name, address, colours and phones of the ISP."""
    company = env.company
    company.write(
        {
            "name": "Red Purépecha",
            "email": "hola@redpurepecha.example",
            "phone": "443 555 0142",
            "street": "Av. de los Tilos 118",
            "zip": "58000",
            "city": "Morelia",
            "state_id": env.ref("base.state_mx_mich").id,
            "country_id": env.ref("base.mx").id,
            "primary_color": "#1f4bd8",
            "secondary_color": "#131c44",
            "isp_support_phone_1": "443 555 0142",
            "isp_support_phone_2": "443 555 0187",
            "isp_portal_title": "CX Red Purépecha Portal Cliente",
            "isp_contract_prefix": "RP-",
        }
    )
    company.partner_id.write({"lang": "es_MX", "tz": "America/Mexico_City"})
    env.user.write({"lang": "es_MX", "tz": "America/Mexico_City"})
    env["ir.default"].set("res.partner", "lang", "es_MX")
    website = env["website"].search([("company_id", "=", company.id)], limit=1)
    spanish = env["res.lang"]._lang_get("es_MX")
    website.write(
        {"name": company.name, "language_ids": [(4, spanish.id)], "default_lang_id": spanish.id}
    )
    return company


HOMEPAGE = """
<t name="Homepage" t-name="website.homepage">
  <t t-call="website.layout">
    <t t-set="pageName" t-value="'homepage'"/>
    <div id="wrap" class="oe_structure oe_empty">
      <section class="s_text_block pt96 pb64"><div class="container">
        <h1 class="display-4">Internet que se queda contigo</h1>
        <p class="lead">Fibra y radioenlace en Morelia, Pátzcuaro, Quiroga y Uruapan.</p>
        <p><a class="btn btn-primary btn-lg" href="/area-de-clientes">Área de clientes</a></p>
      </div></section>
      <section class="s_text_block pb96">
        <div class="container"><div class="row">%s</div></div>
      </section>
    </div>
  </t>
</t>
"""
OFFER = """<div class="col-lg-3 col-6 pb24"><div class="border rounded p-4">
<h2 class="h5">%s</h2><p class="mb-1">Hasta %g / %g Mbps</p>
<p class="h4 mb-0">$%s</p><small>al mes, IVA incluido</small></div></div>"""


def homepage(env):
    """The public site: what is sold, and the way to the customers' area."""
    offers = [
        OFFER % (name, down, up, f"{price:,.2f}")
        for key, name, price, down, up in scenario.PLANS
        if key.startswith("r")
    ]
    view = env.ref("website.homepage").with_context(lang=None)
    view.arch_db = HOMEPAGE % "".join(offers)


def tax(env):
    """IVA 16 % included in the price, from the Mexican chart."""
    sales = env["account.tax"].search(
        [
            ("company_id", "=", env.company.id),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 16.0),
        ],
        limit=1,
        order="sequence, id",
    )
    return sales.copy(
        {
            "name": "IVA 16% incluido",
            "price_include_override": "tax_included",
            "invoice_label": "IVA 16%",
        }
    )


def plans(env):
    """Five plans, each with the neighbours a customer may change to."""
    iva = tax(env)
    made = {}
    for key, name, price, down, up in scenario.PLANS:
        made[key] = env["product.template"].create(
            {
                "name": name,
                "type": "service",
                "list_price": price,
                "taxes_id": [(6, 0, iva.ids)],
                "isp_is_plan": True,
                "isp_down_mbps": down,
                "isp_up_mbps": up,
                "isp_billing_mode": "prepaid",
                "isp_tariff_registration_no": f"DEMO-{key.upper()}",
                "company_id": env.company.id,
            }
        )
    homes = env["product.template"].concat(*(made[key] for key in ("r20", "r50", "r100", "r200")))
    for plan in homes:
        plan.isp_allowed_plan_ids = homes - plan
    return made


def places(env):
    """Branches and zones."""
    branches = [
        env["isp.branch"].create(
            {"name": name, "code": code, "street": street, "zip": zip_code, "city": name}
        )
        for code, name, street, zip_code in scenario.BRANCHES
    ]
    zones = [env["isp.zone"].create({"name": name, "anchor_day": 1}) for name in scenario.ZONES]
    return branches, zones


def tills(env, branches) -> None:
    """A till per branch; the cashier has opened that of the first one."""
    journal = env["account.journal"].search(
        [("company_id", "=", env.company.id), ("type", "=", "cash")], limit=1
    )
    rows = env["isp.till"].create(
        [
            {
                "name": f"Caja {branch.name}",
                "code": code,
                "branch_id": branch.id,
                "journal_id": journal.id,
            }
            for branch, (code, *_rest) in zip(branches, scenario.BRANCHES, strict=True)
        ]
    )
    cashier = env["res.users"].search([("login", "=", "caja")])
    rows[0].with_user(cashier)._isp_open(500.0)


def staff(env):
    """One user per role; passwords are made anew for every demo. Returns what to print."""
    logins = []
    for login, name, group in STAFF:
        password = secrets.token_hex(4)
        env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": name,
                "login": login,
                "password": password,
                "email": f"{login}@redpurepecha.example",
                "lang": "es_MX",
                "tz": "America/Mexico_City",
                "group_ids": [(4, env.ref(group).id)],
            }
        )
        logins.append({"who": f"{name} (back office)", "login": login, "password": password})
    admin = secrets.token_hex(6)
    env.ref("base.user_admin").write(
        {"password": admin, "lang": "es_MX", "tz": "America/Mexico_City"}
    )
    for group in ("isp_subscription.group_isp_manager", "account.group_account_manager"):
        env.ref("base.user_admin").group_ids = [(4, env.ref(group).id)]
    logins.insert(0, {"who": "Administrador", "login": "admin", "password": admin})
    return logins
