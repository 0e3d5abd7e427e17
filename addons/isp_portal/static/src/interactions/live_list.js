import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { Fragment } from "./fragment";

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
        this.fragment = new Fragment(this, this.listEl);
        this.shown = this.words();
    }

    destroy() {
        this.fragment.abort();
    }

    words() {
        return this.formEl ? this.formEl.elements.q.value.trim() : "";
    }

    onSubmit() {
        return this.search();
    }

    /** Ask for the list of the present words. */
    async search() {
        const words = this.words();
        if (words === this.shown) {
            return;
        }
        const url = new URL(this.formEl.action, window.location.href);
        if (words) {
            url.searchParams.set("q", words);
        }
        await this.fragment.load(url.toString(), (body) => this.show(body, words));
    }

    show(body, words) {
        const count = body.querySelector("[data-isp-count-new]");
        if (count) {
            this.countEl.textContent = count.textContent.trim().replace(/\s+/g, " ");
            count.remove();
        }
        this.listEl.replaceChildren(...body.childNodes);
        this.shown = words;
    }
}

registry.category("public.interactions").add("isp_portal.live_list", LiveList);
