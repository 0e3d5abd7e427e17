/**
 * Part of a page in place of the whole: the server renders it, an interaction shows it. Where
 * that does not work (signed out, no connection) the browser goes to the page itself.
 */
export class Fragment {
    /**
     * @param {Interaction} interaction
     * @param {HTMLElement} el marked busy while an answer is on its way
     */
    constructor(interaction, el) {
        this.interaction = interaction;
        this.el = el;
        this.controller = null;
    }

    abort() {
        this.controller?.abort();
    }

    /**
     * Ask for the fragment of a page; an answer that was overtaken is dropped.
     *
     * @param {string} page address of the whole page, which becomes the address shown
     * @param {(body: HTMLElement) => void} show
     */
    async load(page, show) {
        this.abort();
        this.controller = new AbortController();
        const url = new URL(page, window.location.href);
        url.searchParams.set("fragment", "1");
        this.el.setAttribute("aria-busy", "true");
        try {
            const response = await this.interaction.waitFor(
                fetch(url, { signal: this.controller.signal, credentials: "same-origin" })
            );
            if (!response.ok || response.redirected) {
                window.location.assign(page);
                return;
            }
            const html = await this.interaction.waitFor(response.text());
            show(new DOMParser().parseFromString(html, "text/html").body);
            this.el.removeAttribute("aria-busy");
            window.history.replaceState(window.history.state, "", page);
        } catch (error) {
            if (error.name !== "AbortError") {
                window.location.assign(page);
            }
        }
    }
}
