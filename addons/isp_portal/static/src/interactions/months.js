import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { Fragment } from "./fragment";

/**
 * Months of "Pay service": each step is a link to the same page with other months. This
 * follows it in place, so that the focus stays; every figure comes from the server.
 */
export class Months extends Interaction {
    static selector = ".o_isp [data-isp-months]";
    dynamicContent = {
        _root: { "t-on-click": this.onClick },
    };

    setup() {
        this.fragment = new Fragment(this, this.el);
    }

    destroy() {
        this.fragment.abort();
    }

    onClick(ev) {
        const link = ev.target.closest("a[data-isp-step]");
        if (!link || ev.ctrlKey || ev.metaKey || ev.shiftKey || ev.button) {
            return;
        }
        ev.preventDefault();
        if (link.href && link.getAttribute("aria-disabled") !== "true") {
            return this.fragment.load(link.href, (body) => this.show(body, link.dataset.ispStep));
        }
    }

    show(body, step) {
        const fresh = body.querySelector("output");
        const months = fresh.textContent;
        // the announced element stays the same node, so that the change is read out
        fresh.textContent = this.el.querySelector("output").textContent;
        this.el.replaceChildren(...body.childNodes);
        this.el.querySelector("output").textContent = months;
        this.el.querySelector(`[data-isp-step="${step}"]`)?.focus();
    }
}

registry.category("public.interactions").add("isp_portal.months", Months);
