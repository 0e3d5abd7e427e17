import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What marks a kind besides its colour. */
const ICONS = {
    paid: "fa-check",
    open: "fa-file-text-o",
    overdue: "fa-exclamation",
    off: "fa-pause",
    unbilled: "fa-question",
};

/** Bar of the months around today, one segment per ledger row; the server writes every text. */
export class TimelineField extends Component {
    static template = "isp_subscription.TimelineField";
    static props = { ...standardFieldProps };

    get timeline() {
        return this.props.record.data[this.props.name];
    }

    /** The kinds that the bar shows, each once, in the order of appearance. */
    get legend() {
        const kinds = new Map(this.timeline.segments.map(({ kind, label }) => [kind, label]));
        return [...kinds].map(([kind, label]) => ({ kind, label }));
    }

    icon(kind) {
        return ICONS[kind];
    }
}

registry.category("fields").add("isp_timeline", {
    component: TimelineField,
    displayName: _t("Months of a service"),
    supportedTypes: ["json"],
});
