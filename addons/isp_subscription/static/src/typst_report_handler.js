import { registry } from "@web/core/registry";
import { getReportUrl } from "@web/webclient/actions/reports/utils";

/**
 * Open a "typst-pdf" report in a new tab, where the browser shows, saves or prints it.
 */
async function typstReportHandler(action, options, env) {
    if (action.report_type !== "typst-pdf") {
        return false;
    }
    window.open(getReportUrl(action, "typst-pdf"), "_blank");
    if (action.close_on_report_download) {
        await env.services.action.doAction({ type: "ir.actions.act_window_close" });
    }
    options.onClose?.();
    return true;
}

registry.category("ir.actions.report handlers").add("typst-pdf", typstReportHandler);
