from datetime import timedelta

from odoo.tests import tagged

from .common import IspPortalCommon

HERO = "//section[contains(@class,'o_isp_hero')]"


@tagged("post_install", "-at_install")
class TestPortalDashboard(IspPortalCommon):
    def _badges(self, page):
        return self._texts(page, "//span[contains(@class,'o_isp_badge')]")

    def test_status_badge(self):
        """R7: the badge equals the state of the subscription."""
        labels = dict(
            self.subscription.with_context(lang="es_MX")
            ._fields["state"]
            ._description_selection(self.env(context={"lang": "es_MX"}))
        )
        self.assertEqual(self._badges(self._page("/my/isp")), [labels["active"]] * 2)
        self._bill()
        self.subscription._suspend("manual")
        page = self._page("/my/isp")
        self.assertEqual(self._badges(page), [labels["suspended"]] * 2)
        self.assertTrue(page.xpath("//span[contains(@class,'is-suspendido')]"))

    def test_charges(self):
        """R10: the amount owed, in the figure and in the button."""
        self._bill()
        page = self._page("/my/isp")
        self.assertEqual(self._texts(page, f"{HERO}//p[@class='o_isp_figure']"), ["$349.00"])
        self.assertIn("Cargos por pagar", self._texts(page, f"{HERO}//h2"))
        button = page.xpath(f"{HERO}//a[@class='o_isp_btn']")[0]
        self.assertEqual(button.text_content().strip(), "Pagar $349.00")
        target = self._page(button.get("href"))
        self.assertEqual(self._texts(target, f"{HERO}//p[@class='o_isp_figure']"), ["$349.00"])

    def test_deadline(self):
        self._bill()
        text = " ".join(self._texts(self._page("/my/isp"), HERO))
        self.assertIn("Paga antes del", text)
        self.assertIn("faltan 3 días", text)

    def test_nothing_due(self):
        """R10, R33: nothing owed reads $0.00 and paying ahead stays possible."""
        page = self._page("/my/isp")
        self.assertEqual(self._texts(page, f"{HERO}//p[@class='o_isp_figure']"), ["$0.00"])
        self.assertIn("Estás al corriente", self._main(page))
        self.assertIn("Pagar por adelantado", self._main(page))

    def test_credit_balance(self):
        """R9, R10: credit equals the unallocated money and is never netted with charges."""
        self.assertIn("$0.00 nada por aplicar", self._main(self._page("/my/isp")))
        self._create_payment(self.subscription, 120.5)
        tile = "//section[contains(@class,'o_isp_tile')][.//h2[contains(.,'Saldo a favor')]]"
        text = self._texts(self._page("/my/isp"), tile)[0]
        self.assertIn("$120.50", text)

    def test_service_card(self):
        """R11: plan, speeds, place and next cut-off."""
        address = self.env["isp.service.address"].create(
            {
                "partner_id": self.customer.id,
                "street": "Calle Alcatraces 12",
                "company_id": self.company.id,
            }
        )
        self.subscription.service_address_id = address
        text = self._main(self._page("/my/isp"))
        for part in ("Residencial 50", "Descarga 50 Mbps", "Subida 20 Mbps", "Calle Alcatraces 12"):
            self.assertIn(part, text)

    def test_several_services(self):
        """R11: services are listed one by one, each with its badge; the urgent one in focus."""
        second = self._create_subscription(
            partner_id=self.customer.id,
            plan_id=self.plan_100.id,
            date_start=self.cutoff,
            anchor_day=self.cutoff.day,
        )
        self._bill(second)
        page = self._page("/my/isp")
        plans = self._texts(page, "//section[.//span[contains(@class,'o_isp_bubble')]]//h2")
        self.assertEqual(plans, ["Residencial 50", "Residencial 100"])
        self.assertIn("Cargos por pagar de Residencial 100", self._main(page))
        page = self._page(f"/my/isp?subscription_id={self.subscription.id}")
        self.assertIn("Cargos por pagar de Residencial 50", self._main(page))

    def test_grace(self):
        """Prórroga: an amber notice with its date."""
        self._bill()
        self.subscription.sudo().write({"state": "grace"})
        day = self.cutoff + timedelta(days=self.company.isp_grace_days)
        text = self._main(self._page("/my/isp"))
        self.assertIn(f"En prórroga hasta el {self._short(day).rsplit(' ', 1)[0]}.", text)
        self.assertIn("Sigues con internet. Paga $349.00 antes de esa fecha.", text)

    def test_suspended(self):
        self._bill()
        self.subscription._suspend("manual")
        text = self._main(self._page("/my/isp"))
        self.assertIn("Paga y vuelve a navegar", text)
        self.assertIn("Tu internet regresa unos 5 minutos después de tu pago.", text)

    def test_other_states(self):
        expected = {
            "paused": "No se te cobra mientras tu servicio está en pausa.",
            "to_install": "Estamos preparando tu instalación.",
            "cancel_pending": "Tu baja está en trámite.",
            "cancelled": "Tu servicio terminó",
        }
        for state, sentence in expected.items():
            with self.subTest(state=state):
                self.subscription.sudo().write({"state": state})
                self.assertIn(sentence, self._main(self._page("/my/isp")))

    def test_last_payment(self):
        self.assertIn("Todavía no tienes pagos", self._main(self._page("/my/isp")))
        self._bill()
        self._pay(self.subscription, 349.0)
        tile = "//section[contains(@class,'o_isp_tile')][.//h2[contains(.,'Último pago')]]"
        self.assertIn("$349.00", self._texts(self._page("/my/isp"), tile)[0])

    def test_payment_shows_at_once(self):
        """R7: one refresh after the payment the charge is gone and the cut-off has moved."""
        self._bill()
        self._pay(self.subscription, 349.0)
        page = self._page("/my/isp")
        self.assertEqual(self._texts(page, f"{HERO}//p[@class='o_isp_figure']"), ["$0.00"])

    def test_query_count(self):
        """The dashboard stays cheap, and does not grow with the history of the customer."""
        self._bill()
        self._page("/my/isp")
        first = self._count_queries()
        for _month in range(4):
            self._pay(self.subscription, 349.0)
            self._bill()
        self._page("/my/isp")
        second = self._count_queries()
        self.assertLessEqual(second, first + 2)
        self.assertLessEqual(first, 60)

    def _count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self._page("/my/isp")
        return self.cr.sql_log_count - before
