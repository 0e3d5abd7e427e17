import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const INTERVAL_MS = 3000;
const MOST_TRIES = 400;
const OPEN_STATES = ["preparing", "pending"];

/** Asks every few seconds how the card payment ended and shows the page anew when it did. */
export class CardState extends Interaction {
    static selector = ".o_isp [data-isp-card-state]";

    start() {
        this.tries = 0;
        this.plan();
    }

    plan() {
        if (OPEN_STATES.includes(this.el.dataset.state) && this.tries < MOST_TRIES) {
            this.waitForTimeout(() => this.ask(), INTERVAL_MS);
        }
    }

    async ask() {
        this.tries += 1;
        if (!document.hidden) {
            try {
                const answer = await this.waitFor(
                    fetch(this.el.dataset.url, { cache: "no-store", credentials: "same-origin" })
                );
                const { state, url } = await this.waitFor(answer.json());
                if (state !== this.el.dataset.state) {
                    this.goOn(state, url);
                    return;
                }
            } catch {
                // offline for a moment: the next round asks again
            }
        }
        this.plan();
    }

    /** A page of the bank that is ready now is opened at once; anything else is shown here. */
    goOn(state, url) {
        if (this.el.dataset.state === "preparing" && state === "pending" && url) {
            window.location.assign(url);
        } else {
            window.location.reload();
        }
    }
}

registry.category("public.interactions").add("isp_payments_mx.card_state", CardState);
