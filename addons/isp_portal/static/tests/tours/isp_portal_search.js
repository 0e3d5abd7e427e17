import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("isp_portal_search", {
    steps: () => [
        { trigger: '[data-isp-count]:contains("12 resultados")' },
        {
            content: "Type a month",
            trigger: "#isp_q",
            run: "edit marzo",
        },
        {
            content: "The count changes while typing",
            trigger: '[data-isp-count]:contains("1 resultado")',
        },
        {
            content: "One row is left",
            trigger: ".o_isp_table tbody",
            run() {
                if (this.anchor.querySelectorAll("tr").length !== 1) {
                    throw new Error("Expected one row");
                }
            },
        },
        {
            content: "The keyboard stays in the field and the address holds the words",
            trigger: "#isp_q",
            run() {
                const words = new URL(window.location.href).searchParams.get("q");
                if (document.activeElement !== this.anchor || words !== "marzo") {
                    throw new Error("Focus or address lost");
                }
            },
        },
        {
            content: "Words that match nothing",
            trigger: "#isp_q",
            run: "edit zzz",
        },
        { trigger: '.o_isp_empty:contains("zzz")' },
        {
            content: "Clear the search",
            trigger: ".o_isp_empty .o_isp_btn",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: '[data-isp-count]:contains("12 resultados")' },
        {
            content: "Next page",
            trigger: ".o_isp_pager [rel=next]",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: '.o_isp_pager:contains("2 de 2")' },
    ],
});
