import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const REST_MS = 4000;

/**
 * A form that was sent is not sent twice by a second press. A form that opens another window
 * keeps its page, so its button comes back after a moment.
 */
export class InFlight extends Interaction {
    static selector = ".o_isp form[data-isp-flight]";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
    };

    setup() {
        this.sent = false;
    }

    onSubmit(ev) {
        if (this.sent) {
            ev.preventDefault();
            return;
        }
        this.sent = true;
        const button = this.el.querySelector("button[type=submit]");
        button?.setAttribute("aria-busy", "true");
        if (this.el.target === "_blank") {
            this.waitForTimeout(() => {
                this.sent = false;
                button?.removeAttribute("aria-busy");
            }, REST_MS);
        }
    }
}

registry.category("public.interactions").add("isp_portal.in_flight", InFlight);
