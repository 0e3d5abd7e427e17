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
        const status = this.el.querySelector("[data-isp-copied]");
        const before = label.textContent;
        if (before === status.dataset.ispCopied) {
            return;
        }
        label.textContent = status.dataset.ispCopied;
        status.textContent = status.dataset.ispCopied;
        this.waitForTimeout(() => {
            label.textContent = before;
            status.textContent = "";
        }, SHOWN_MS);
    }
}

registry.category("public.interactions").add("isp_payments_mx.copy_code", CopyCode);
