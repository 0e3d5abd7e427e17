import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

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
        this.controller = null;
    }

    destroy() {
        this.controller?.abort();
    }

    onClick(ev) {
        const link = ev.target.closest("a[data-isp-step]");
        if (!link || ev.ctrlKey || ev.metaKey || ev.shiftKey || ev.button) {
            return;
        }
        ev.preventDefault();
        if (link.href && link.getAttribute("aria-disabled") !== "true") {
            return this.load(link.href, link.dataset.ispStep);
        }
    }

    async load(page, step) {
        this.controller?.abort();
        this.controller = new AbortController();
        const url = new URL(page, window.location.href);
        url.searchParams.set("fragment", "1");
        this.el.setAttribute("aria-busy", "true");
        try {
            const response = await this.waitFor(
                fetch(url, { signal: this.controller.signal, credentials: "same-origin" })
            );
            if (!response.ok || response.redirected) {
                window.location.assign(page);
                return;
            }
            this.show(await this.waitFor(response.text()), step, page);
        } catch (error) {
            if (error.name !== "AbortError") {
                window.location.assign(page);
            }
        }
    }

    show(html, step, page) {
        const parsed = new DOMParser().parseFromString(html, "text/html");
        const fresh = parsed.querySelector("output");
        const months = fresh.textContent;
        // the announced element stays the same node, so that the change is read out
        fresh.textContent = this.el.querySelector("output").textContent;
        this.el.replaceChildren(...parsed.body.childNodes);
        this.el.querySelector("output").textContent = months;
        this.el.removeAttribute("aria-busy");
        this.el.querySelector(`[data-isp-step="${step}"]`)?.focus();
        window.history.replaceState(window.history.state, "", page);
    }
}

registry.category("public.interactions").add("isp_portal.months", Months);
