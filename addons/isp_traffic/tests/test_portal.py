import json
import re
from datetime import UTC, datetime, timedelta

from odoo.tests import tagged

from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

from ..services import rollup
from .common import TrafficMixin

ZONE = "America/Mexico_City"


@tagged("post_install", "-at_install")
class TestTrafficPortal(TrafficMixin, IspHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_network()
        cls.env["website"].search([]).company_id = cls.company
        cls.today = rollup.local_date(datetime.now(UTC), ZONE)
        cls.subscription.anchor_day = (cls.today - timedelta(days=20)).day
        cls._fill(cls.line, gap=(9, 10))

    @classmethod
    def _fill(cls, line, gap=()):
        """Traffic on each of 40 days: n days ago n * 0.1 GB down and a tenth of that up."""
        polls, down, up = [], 0, 0
        for n in range(40, -1, -1):
            if n in gap:
                continue
            start = rollup.midnight(cls.today - timedelta(days=n), ZONE) + timedelta(minutes=5)
            for moment in (start, start + timedelta(minutes=30)):
                uptime = round(moment.timestamp() * 100) % 2**31
                polls.append((moment, uptime, {line.key: ("7", up, down)}))
                if moment == start:
                    down, up = down + n * 10**8, up + n * 10**7
        line.device_id._ingest_polls(polls)

    def _page(self, user=None):
        return self.env["isp.portal.page"].with_user(user or self.portal_user)

    def _values(self):
        page = self._page()
        subscription = self.subscription.with_user(self.portal_user)
        return page._get_dashboard_values(subscription)["traffic"]

    def _live(self, subscription, **params):
        payload = {"params": {"subscription_id": subscription.id, **params}}
        answer = self.url_open(
            "/my/isp/traffic/live",
            data=json.dumps(payload),
            headers={"Content-Type": "application/json"},
        )
        return answer.json()

    # === FIGURES === #

    def test_consumption_is_the_sum_of_its_days(self):
        values = self._values()["usage"]
        days = [n for n in range(21) if n not in (9, 10)]
        self.assertEqual(values["total_octets"], (sum(days) * 10**8, sum(days) * 10**7))
        self.assertEqual(values["total"], f"{sum(days) * 0.11:,.1f} GB")
        self.assertEqual(values["days"][0], self.today - timedelta(days=20))

    def test_consumption_of_the_calendar_month(self):
        self.company.isp_consumption_range = "calendar"
        self.assertEqual(self._values()["usage"]["days"][0], self.today.replace(day=1))

    def test_week_is_seven_days_with_the_sum_of_the_month(self):
        values = self._values()
        week, month = values["week"], values["month"]
        self.assertEqual(len(week["days"]), 7)
        self.assertEqual(week["down"], month["down"][-7:])
        self.assertEqual(week["up"], month["up"][-7:])
        self.assertEqual(week["total_octets"], (21 * 10**8, 21 * 10**7))
        self.assertEqual(len(week["bars"]), 14)

    def test_month_has_one_month_and_gaps_are_no_zeros(self):
        month = self._values()["month"]
        self.assertGreaterEqual(len(month["days"]), 28)
        missing = [day for day, value in zip(month["days"], month["down"], strict=True)
                   if value is None]  # fmt: skip
        self.assertEqual(missing, [self.today - timedelta(days=n) for n in (10, 9)])
        self.assertEqual(len(month["gaps"]), 1)
        self.assertEqual(month["line_down"].count("M"), 2)
        self.assertTrue(month["has_gap"])

    def test_line_without_data(self):
        page = self._page(self.other_portal_user)
        values = page._get_traffic_values(self.other_subscription.with_user(self.other_portal_user))
        self.assertFalse(values["week"]["has_data"])
        self.assertEqual(values["usage"]["total"], "0.0 GB")
        self.assertEqual(len(values["week"]["gaps"]), 7)

    def test_summary_names_figures_and_missing_days(self):
        month = self._values()["month"]
        self.assertIn(month["total_down"], month["summary"])
        fmt = self._page()._get_formatter()
        self.assertIn(fmt.day(self.today - timedelta(days=9)), month["summary"])

    def test_figures_of_a_line_that_does_next_to_nothing(self):
        page = self._page()
        texts = [page._format_gb(octets) for octets in (0, 1, 12_500_000, 50_000_000)]
        self.assertEqual(texts, ["0.0 GB", "<0.1 MB", "12.5 MB", "0.1 GB"])
        self.other_subscription.isp_interface_ids.unlink()
        line = self._create_line(self.north, "idle", self.other_subscription)
        moment = datetime.now(UTC) - timedelta(days=2)
        self._ingest(line, (moment, 0, 0), (moment + timedelta(minutes=5), 30_000, 3_000))
        values = page._get_traffic_values(self.other_subscription)
        self.assertEqual(values["week"]["marks"][:2], ["0", "0.02"])
        self.assertEqual(values["month"]["total_down"], "<0.1 MB")

    def test_today_is_that_of_the_daily_rows(self):
        """Whoever looks, and whatever zone he has."""
        self.env.user.tz = "Pacific/Kiritimati"
        self.company.partner_id.tz = False
        self.assertEqual(self.company._isp_traffic_today(), self.today)

    # === PAGES === #

    def test_customer_of_two_services_knows_whose_figures_they_are(self):
        second = self._create_subscription(plan_id=self.plan_100.id)
        self.authenticate(self.portal_user.login, self.portal_user.login)
        page = self.url_open(f"/my/isp?subscription_id={second.id}").text
        self.assertIn(f'href="/my/isp?subscription_id={self.subscription.id}#isp_traffic"', page)
        self.assertIn(f"{second.name} · ", page)

    def test_live_page_of_a_service_without_line(self):
        self.line.subscription_id = False
        self.authenticate(self.portal_user.login, self.portal_user.login)
        page = self.url_open("/my/isp/traffic").text
        for mark in ("data-isp-plot", "data-isp-toggle", 'class="o_isp_live"', "data-isp-text"):
            self.assertNotIn(mark, page)
        self.assertIn('id="isp_speed"', page, "what was measured before is still shown")

    def test_dashboard(self):
        self.authenticate(self.portal_user.login, self.portal_user.login)
        page = self.url_open("/my/isp").text
        values = self._values()
        for text in (values["usage"]["total"], values["week"]["label"], values["month"]["label"]):
            self.assertIn(text, page)
        self.assertEqual(len(re.findall(r'<rect class="o_isp_[du]"', page)), 14)
        self.assertEqual(page.count('class="o_isp_gap"'), 1)
        self.assertIn(values["month"]["line_down"], page)
        self.assertIn('href="/my/isp/traffic"', page)

    def test_spanish(self):
        language = self.env["res.lang"]._activate_lang("es_MX")
        self.env["ir.module.module"]._load_module_terms(["isp_traffic"], ["es_MX"], overwrite=True)
        website = self.env["website"].get_current_website()
        website.write({"language_ids": [(6, 0, language.ids)], "default_lang_id": language.id})
        self.authenticate(self.portal_user.login, self.portal_user.login)
        dashboard = self.url_open("/my/isp").text
        for text in ("Consumo de red", "Tráfico de la semana", "Tráfico del mes", "Ver tabla"):
            self.assertIn(text, dashboard)
        live = self.url_open("/my/isp/traffic").text
        for text in ("Mi tráfico actual", "Descarga contratada", "Pausar", "Máxima de esta sesión"):
            self.assertIn(text, live)

    def test_dashboard_without_data_says_so(self):
        self.authenticate(self.other_portal_user.login, self.other_portal_user.login)
        page = self.url_open("/my/isp")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn('class="o_isp_plot"', page.text)

    def test_dashboard_reads_days_in_one_query(self):
        subscription = self.subscription.with_user(self.portal_user)
        page = self._page()
        page._get_traffic_values(subscription)
        self.env.flush_all()
        with self.assertQueryCount(2):
            page._get_traffic_values(subscription)

    def test_live_page(self):
        self.authenticate(self.portal_user.login, self.portal_user.login)
        page = self.url_open("/my/isp/traffic").text
        self.assertIn(f'data-subscription-id="{self.subscription.id}"', page)
        self.assertIn('data-measured="1"', page)
        self.assertIn('data-contracted="50', page)
        self.assertIn('aria-current="page"', page)

    def test_live_points(self):
        self._cycle(self.north)
        self.authenticate(self.portal_user.login, self.portal_user.login)
        result = self._live(self.subscription)["result"]
        self.assertEqual(result["state"], "ok")
        self.assertEqual(len(result["points"]), 1)
        again = self._live(self.subscription, since=result["points"][0][0] + 1)["result"]
        self.assertEqual(again["points"], [])

    # === SPEEDS AND FILES === #

    def test_speeds_of_the_week(self):
        values = self._page()._get_speed_values(self.subscription.with_user(self.portal_user))
        self.assertEqual(len(values["down"]), 168)
        # Each day: half an hour at n * 0.1 GB, the fastest six days ago.
        self.assertAlmostEqual(max(filter(None, values["down"])), 6 * 8e8 / 1800 / 1e6, places=1)
        self.assertEqual(values["p95"], (f"{6 * 8e2 / 1800:,.1f}", f"{6 * 80 / 1800:,.1f}"))
        self.assertEqual(values["plan_y"], "16.67")
        self.assertEqual(len(values["table"]), 7)
        self.assertTrue(values["has_gap"])
        self.assertIn("Mbps of download", values["summary"])

    def test_the_present_hour_is_no_gap_yet(self):
        start = rollup.hour_floor(datetime.now(UTC)) - timedelta(hours=5)
        every = [start + timedelta(hours=n) for n in range(10)]
        for known, gap in ((5, False), (4, True)):
            speeds = [1.0] * known + [None] * (10 - known)
            values = {"down": speeds, "up": speeds, "plan_down": 0, "label": ""}
            self._page()._add_speed_lines(values, every)
            self.assertEqual(values["has_gap"], gap)

    def test_speeds_without_data(self):
        page = self._page(self.other_portal_user)
        values = page._get_speed_values(self.other_subscription.with_user(self.other_portal_user))
        self.assertEqual((values["has_data"], values["p95"]), (False, None))

    def test_files(self):
        self.authenticate(self.portal_user.login, self.portal_user.login)
        url = f"/my/isp/traffic/file?subscription_id={self.subscription.id}&kind="
        answer = self.url_open(f"{url}week")
        self.assertIn(".csv", answer.headers["Content-Disposition"])
        self.assertTrue(answer.content.startswith(b"\xef\xbb\xbf"))  # spreadsheets see UTF-8
        rows = answer.content.decode("utf-8-sig").splitlines()
        self.assertEqual(len(rows[0].split(",")), 3)  # in the customer's language
        self.assertEqual(len(rows), 8)
        self.assertEqual(rows[1], f"{self.today - timedelta(days=6)},{6 * 10**8},{6 * 10**7}")
        month = self.url_open(f"{url}month").text.splitlines()
        self.assertIn(f"{self.today - timedelta(days=9)},,", month)
        self.assertEqual(len(self.url_open(f"{url}hours").text.splitlines()), 169)
        self.assertEqual(self.url_open(f"{url}usage").status_code, 200)
        self.assertEqual(self.url_open(f"{url}all").status_code, 404)

    def test_files_of_others(self):
        url = f"/my/isp/traffic/file?subscription_id={self.other_subscription.id}"
        answer = self.url_open(url, allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
        self.authenticate(self.portal_user.login, self.portal_user.login)
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_live_points_of_another_customer(self):
        self.authenticate(self.portal_user.login, self.portal_user.login)
        self.assertIn("error", self._live(self.other_subscription))
        self.env.cr.execute("SELECT count(*) FROM isp_traffic_watch")
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        url = f"/my/isp/traffic?subscription_id={self.other_subscription.id}"
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_nonsense_is_refused(self):
        self.authenticate(self.portal_user.login, self.portal_user.login)
        for subscription_id in ("x", None, 0, -1, 10**12):
            payload = {"params": {"subscription_id": subscription_id, "since": "y"}}
            answer = self.url_open(
                "/my/isp/traffic/live",
                data=json.dumps(payload),
                headers={"Content-Type": "application/json"},
            ).json()
            self.assertIn("error", answer, subscription_id)

    def test_moments_out_of_range_are_no_errors(self):
        self._cycle(self.north)
        self.authenticate(self.portal_user.login, self.portal_user.login)
        for since in (2**63, 10**400, -(10**30), 1e308, "x", None, [1]):
            self.assertIn("result", self._live(self.subscription, since=since), since)
        answer = self.url_open(
            "/my/isp/traffic/live", data="{}", headers={"Content-Type": "application/json"}
        ).json()
        self.assertEqual(answer["error"]["data"]["name"], "werkzeug.exceptions.NotFound")

    def test_visitors_must_log_in(self):
        page = self.url_open("/my/isp/traffic", allow_redirects=False)
        self.assertEqual(page.status_code, 303)
        self.assertIn("/web/login", page.headers["Location"])
        self.assertIn("error", self._live(self.subscription))
