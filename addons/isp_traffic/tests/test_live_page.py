from odoo.tests import tagged

from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

from .common import TrafficMixin

# Waits for a line of several points, pauses, and makes sure that nothing is added any more.
SCRIPT = """
const find = (selector) => document.querySelector(selector);
const path = () => find("[data-isp-plot] .o_isp_dl_line")?.getAttribute("d") || "";
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
(async () => {
    const began = Date.now();
    while (path().split("L").length < 3) {
        if (Date.now() - began > 30000) {
            throw new Error("no points: " + path());
        }
        await wait(200);
    }
    const speed = Number(find("[data-isp-text='down']").textContent);
    if (!(speed > 35 && speed < 45)) {
        throw new Error("unexpected speed " + speed);
    }
    const marks = [...find("[data-isp-axis]").children].map((node) => node.textContent);
    if (marks[0] !== "0" || marks.at(-1) !== "60") {
        throw new Error("unexpected axis " + marks);
    }
    if (!find("[data-isp-plot] .o_isp_plan_line")) {
        throw new Error("no contracted speed");
    }
    find("[data-isp-toggle]").click();
    await wait(100);
    if (!find(".o_isp_traffic.is-paused")) {
        throw new Error("not paused");
    }
    const rows = find("[data-isp-table]").innerHTML;
    await wait(4000);
    if (find("[data-isp-table]").innerHTML !== rows) {
        throw new Error("goes on while paused");
    }
    find("[data-isp-toggle]").click();
    await wait(100);
    if (find(".o_isp_traffic.is-paused")) {
        throw new Error("does not go on");
    }
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""


@tagged("post_install", "-at_install")
class TestLivePage(TrafficMixin, IspHttpCommon):
    """The live page in a browser: points appear, and stop when told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_network()
        cls.simulator.call("rate", user="linea001", down_mbps=40, up_mbps=8)

    def test_live_page(self):
        self._cycle(self.north)
        self.browser_js(
            "/my/isp/traffic",
            SCRIPT,
            ready="Boolean(document.querySelector('.o_isp_traffic'))",
            login=self.portal_user.login,
            timeout=90,
        )
