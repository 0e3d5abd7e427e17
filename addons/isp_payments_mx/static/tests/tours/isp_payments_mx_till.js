import { registry } from "@web/core/registry";

function fail(message) {
    throw new Error(message);
}

registry.category("web_tour.tours").add("isp_payments_mx_till", {
    steps: () => [
        {
            content: "What is no amount",
            trigger: ".o_isp_desk_tills form:first-child input",
            run: "edit 5oo",
        },
        {
            content: "Opens nothing",
            trigger: ".o_isp_desk_tills form:first-child button:disabled",
        },
        {
            content: "Type the float",
            trigger: ".o_isp_desk_tills form:first-child input",
            run: "edit 500",
        },
        {
            content: "Open the till",
            trigger: ".o_isp_desk_tills form:first-child button",
            run: "click",
        },
        {
            content: "Look for a customer",
            trigger: ".o_isp_desk_search input:focus",
            run: "edit rosa ibar",
        },
        {
            content: "Somebody is found",
            trigger: ".o_isp_desk_results li.o_isp_chosen",
        },
        {
            content: "The first one by Enter",
            trigger: ".o_isp_desk_search input",
            run: "press Enter",
        },
        {
            content: "What is due is shown",
            trigger: ".o_isp_desk_total output:contains(349.00)",
        },
        {
            content: "One month more",
            trigger: ".o_isp_desk_months button[aria-label='One month more']",
            run: "click",
        },
        {
            content: "It is in the total; other forms want their slip",
            trigger: ".o_isp_desk_total output:contains(698.00)",
        },
        {
            content: "A deposit",
            trigger: ".o_isp_desk_forms button:contains(deposit)",
            run: "click",
        },
        {
            content: "Not without its number",
            trigger: ".o_isp_desk_pay:disabled",
        },
        {
            content: "Cash after all",
            trigger: ".o_isp_desk_forms button:contains(Cash)",
            run: "click",
        },
        {
            content: "Too little is told, also with a comma for the point",
            trigger: "#o_isp_desk_handed",
            run: "edit 600,00",
        },
        {
            content: "Nothing can be taken",
            trigger: ".o_isp_desk_change.text-danger output:contains(98.00)",
            run() {
                if (!document.querySelector(".o_isp_desk_pay").disabled) {
                    fail("Less than the amount can be taken");
                }
                // the receipt opens in another window, which a test does not need
                window.isp_opened = [];
                window.open = (url) => window.isp_opened.push(url);
            },
        },
        {
            content: "The next bills are offered",
            trigger: ".o_isp_desk_quick button:contains(1,000.00)",
            run: "click",
        },
        {
            content: "The change is shown",
            trigger: ".o_isp_desk_change output:contains(302.00)",
        },
        {
            content: "Take the money",
            trigger: ".o_isp_desk_pay:enabled",
            run: "dblclick",
        },
        {
            content: "The receipt was opened, the drawer holds more",
            trigger: ".o_isp_desk_done",
            async run() {
                await new Promise((resolve) => setTimeout(resolve, 500));
                if (!window.isp_opened.some((url) => url.includes("isp_payments_mx.ticket"))) {
                    fail(`No ticket: ${window.isp_opened}`);
                }
            },
        },
        {
            content: "In the drawer",
            trigger: ".o_isp_desk_bar dd:contains(1,198.00)",
        },
        {
            content: "Next customer",
            trigger: ".o_isp_desk_done button:contains(Next customer)",
            run: "click",
        },
        {
            content: "The payment is in the list",
            trigger: ".o_isp_desk_side li:contains(Rosa)",
        },
        {
            content: "Count",
            trigger: ".o_isp_desk_bar button:contains(Count and close)",
            run: "click",
        },
        {
            content: "By total",
            trigger: ".modal .o_field_widget[name=by_pieces] input",
            run: "click",
        },
        {
            content: "What is in the drawer",
            trigger: ".modal .o_field_widget[name=counted_amount] input",
            run: "edit 1198",
        },
        {
            content: "Close the till",
            trigger: ".modal button[name=action_close]",
            run: "click",
        },
        {
            content: "Sure",
            trigger: ".modal:not(.o_inactive_modal) .modal-footer .btn-primary:contains(Ok)",
            run: "click",
        },
        {
            content: "The till can be opened again, with what is in it",
            trigger: ".o_isp_desk_tills form:first-child input:value(1198.00)",
        },
    ],
});
