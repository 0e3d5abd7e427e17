import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Banner of a service: state, figures and the next step; the server writes every text. */
export class SituationField extends Component {
    static template = "isp_subscription.SituationField";
    static props = { ...standardFieldProps };

    get situation() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("isp_situation", {
    component: SituationField,
    displayName: _t("Situation of a service"),
    supportedTypes: ["json"],
});
