import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const DELAY_MS = 250;

/**
 * Search while typing: the server renders the list, this puts it in its place. Without
 * JavaScript the same form sends the same words and the server answers with a whole page.
 */
export class LiveList extends Interaction {
    static selector = ".o_isp [data-isp-live]";
    dynamicContent = {
        "form[data-isp-search]": { "t-on-submit.prevent": this.onSubmit },
        "form[data-isp-search] input": { "t-on-input": this.debounced(this.search, DELAY_MS) },
    };

    setup() {
        this.listEl = this.el.querySelector("[data-isp-list]");
        this.countEl = this.el.querySelector("[data-isp-count]");
        this.formEl = this.el.querySelector("form[data-isp-search]");
        this.controller = null;
        this.shown = this.words();
    }

    destroy() {
        this.controller?.abort();
    }

    words() {
        return this.formEl ? this.formEl.elements.q.value.trim() : "";
    }

    onSubmit() {
        return this.search();
    }

    /** Ask for the fragment of the present words; an answer that was overtaken is dropped. */
    async search() {
        const words = this.words();
        if (words === this.shown) {
            return;
        }
        this.controller?.abort();
        this.controller = new AbortController();
        const url = new URL(this.formEl.action, window.location.href);
        if (words) {
            url.searchParams.set("q", words);
        }
        const page = url.toString();
        url.searchParams.set("fragment", "1");
        this.listEl.setAttribute("aria-busy", "true");
        try {
            const response = await this.waitFor(
                fetch(url, { signal: this.controller.signal, credentials: "same-origin" })
            );
            if (!response.ok || response.redirected) {
                window.location.assign(page);
                return;
            }
            this.show(await this.waitFor(response.text()), words, page);
        } catch (error) {
            if (error.name !== "AbortError") {
                window.location.assign(page);
            }
        }
    }

    show(html, words, page) {
        const parsed = new DOMParser().parseFromString(html, "text/html");
        const count = parsed.querySelector("[data-isp-count-new]");
        if (count) {
            this.countEl.textContent = count.textContent.trim().replace(/\s+/g, " ");
            count.remove();
        }
        this.listEl.replaceChildren(...parsed.body.childNodes);
        this.listEl.removeAttribute("aria-busy");
        this.shown = words;
        window.history.replaceState(window.history.state, "", page);
    }
}

registry.category("public.interactions").add("isp_portal.live_list", LiveList);
