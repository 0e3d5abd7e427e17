import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** The account menu is a <details>: this closes it on Escape and on a press elsewhere. */
export class AccountMenu extends Interaction {
    static selector = ".o_isp details.o_isp_menu";
    dynamicContent = {
        _document: { "t-on-click": this.onPress },
        _root: { "t-on-keydown": this.onKey },
    };

    onPress(ev) {
        if (this.el.open && !this.el.contains(ev.target)) {
            this.el.open = false;
        }
    }

    onKey(ev) {
        if (ev.key === "Escape" && this.el.open) {
            this.el.open = false;
            this.el.querySelector("summary").focus();
        }
    }
}

registry.category("public.interactions").add("isp_portal.account_menu", AccountMenu);
