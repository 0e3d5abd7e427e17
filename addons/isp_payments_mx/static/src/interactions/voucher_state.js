import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const INTERVAL_MS = 3000;
const SLOW_AFTER = 200;
const SLOW_MS = 15000;
const OPEN_STATES = ["preparing", "pending"];

/**
 * Asks every few seconds whether the transfer arrived and shows the page anew when it did. Rests
 * while the page is hidden, and slows down after ten minutes.
 */
export class VoucherState extends Interaction {
    static selector = ".o_isp [data-isp-voucher]";
    dynamicContent = {
        _document: { "t-on-visibilitychange": this.onVisible },
    };

    setup() {
        this.asked = 0;
        this.asking = false;
    }

    start() {
        this.plan();
    }

    plan() {
        if (OPEN_STATES.includes(this.el.dataset.state)) {
            clearTimeout(this.timer);
            const delay = this.asked > SLOW_AFTER ? SLOW_MS : INTERVAL_MS;
            this.timer = this.waitForTimeout(() => this.ask(), delay);
        }
    }

    onVisible() {
        if (!document.hidden) {
            this.asked = 0;
            this.plan();
        }
    }

    async ask() {
        if (document.hidden || this.asking) {
            return;
        }
        this.asking = true;
        this.asked += 1;
        try {
            const answer = await this.waitFor(
                fetch(this.el.dataset.url, { cache: "no-store", credentials: "same-origin" })
            );
            if (answer.ok) {
                const { state } = await this.waitFor(answer.json());
                if (state !== this.el.dataset.state) {
                    window.location.reload();
                    return;
                }
            }
        } catch {
            // offline for a moment: the next round asks again
        }
        this.asking = false;
        this.plan();
    }
}

registry.category("public.interactions").add("isp_payments_mx.voucher_state", VoucherState);
