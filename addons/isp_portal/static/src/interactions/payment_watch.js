import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const EVERY_MS = 5000;
const MOST_TRIES = 360;

/**
 * The summary stays open while the customer pays in another window: it asks now and then, as
 * long as it is visible, and shows the payment when it has arrived.
 */
export class PaymentWatch extends Interaction {
    static selector = ".o_isp [data-isp-paid][data-isp-status-url]";

    start() {
        this.tries = 0;
        this.plan();
    }

    plan() {
        if (this.tries < MOST_TRIES) {
            this.waitForTimeout(() => this.ask(), EVERY_MS);
        }
    }

    async ask() {
        if (document.hidden) {
            this.plan();
            return;
        }
        this.tries += 1;
        try {
            const url = this.el.dataset.ispStatusUrl;
            const response = await this.waitFor(fetch(url, { credentials: "same-origin" }));
            if (response.redirected) {
                return;
            }
            if (response.status === 200) {
                const html = await this.waitFor(response.text());
                const parsed = new DOMParser().parseFromString(html, "text/html");
                this.el.replaceChildren(...parsed.body.childNodes);
                return;
            }
        } catch {
            // without a connection now: the next try may have one
        }
        this.plan();
    }
}

registry.category("public.interactions").add("isp_portal.payment_watch", PaymentWatch);
