import { registry } from "@web/core/registry";

const total = (amount) => `.o_isp_hero .o_isp_figure:contains("${amount}")`;

registry.category("web_tour.tours").add("isp_portal_months", {
    steps: () => [
        {
            content: "One month to begin with",
            trigger: total("349.00"),
        },
        {
            content: "Nothing is wider than the phone",
            trigger: "body",
            run() {
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("The page scrolls sideways");
                }
            },
        },
        {
            content: "One month more",
            trigger: "[data-isp-step=up]",
            run: "click",
        },
        {
            content: "Total, button and table follow",
            trigger: total("698.00"),
        },
        { trigger: '.o_isp_hero .o_isp_btn:contains("$698.00")' },
        { trigger: '.o_isp_stepper output:contains("2")' },
        {
            content: "The focus stays on the button that was pressed",
            trigger: "[data-isp-step=up]",
            run() {
                if (document.activeElement !== this.anchor) {
                    throw new Error("The focus was lost");
                }
            },
        },
        {
            content: "Twelve months at once",
            trigger: "[data-isp-step=set-12]",
            run: "click",
        },
        { trigger: total("4,188.00") },
        {
            content: "The end of the range",
            trigger: "[data-isp-step=up][aria-disabled=true]",
        },
        {
            content: "The address holds the choice",
            trigger: "body",
            run() {
                if (new URL(window.location.href).searchParams.get("months") !== "12") {
                    throw new Error("The address does not hold the months");
                }
            },
        },
        {
            content: "To the summary",
            trigger: ".o_isp_hero .o_isp_btn",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: '.o_isp_main.is-narrow .o_isp_figure:contains("4,188.00")' },
    ],
});
