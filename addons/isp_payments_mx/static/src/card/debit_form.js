import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";

import { CardForm } from "./card_form";

/**
 * The card form of the direct debit: the card is stored, not charged, and only with the box ticked.
 * A lost answer is asked for again with the same token: that is one consent.
 */
export class DebitForm extends CardForm {
    static selector = ".o_isp form[data-isp-debit]";
    route = "/my/isp/card/agree";

    get box() {
        return this.el.querySelector("#isp_card_agree");
    }

    check() {
        const fieldsAreRight = super.check();
        const problem = !this.box.checked && _t("Tick the box to agree.");
        this.show("agree", ["agree"], problem);
        return fieldsAreRight && !problem;
    }

    params(source) {
        return { ...super.params(source), agreed: this.box.checked };
    }

    setBusy(busy) {
        super.setBusy(busy);
        this.box.disabled = busy;
    }

    get words() {
        return {
            busy: _t("Storing your card…"),
            checking: _t("We are checking whether your card was stored."),
            unknown: _t("We don't know yet whether your card was stored. Load the page again."),
        };
    }
}

registry.category("public.interactions").add("isp_payments_mx.debit_form", DebitForm);
