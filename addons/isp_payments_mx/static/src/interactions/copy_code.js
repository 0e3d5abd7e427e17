import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const SHOWN_MS = 2500;

/** Copies a number without its spaces, says so, and is absent where the browser cannot copy. */
export class CopyCode extends Interaction {
    static selector = ".o_isp [data-isp-copy]";
    dynamicContent = {
        _root: { "t-on-click": this.onClick },
    };

    start() {
        this.el.hidden = !navigator.clipboard;
    }

    async onClick() {
        await this.waitFor(navigator.clipboard.writeText(this.el.dataset.ispCopy));
        const label = this.el.querySelector("[data-isp-copy-label]");
        const copied = this.el.querySelector("[data-isp-copied]");
        const status = this.el.querySelector("[data-isp-copy-status]");
        label.hidden = true;
        copied.hidden = false;
        status.textContent = copied.textContent;
        this.waitForTimeout(() => {
            label.hidden = false;
            copied.hidden = true;
            status.textContent = "";
        }, SHOWN_MS);
    }
}

registry.category("public.interactions").add("isp_payments_mx.copy_code", CopyCode);
