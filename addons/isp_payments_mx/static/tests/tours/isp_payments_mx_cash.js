import { registry } from "@web/core/registry";

const CODE = ".o_isp_barcode .o_isp_ref_code";

/** The reference on the page, without its spaces. */
function digits(element) {
    return element.textContent.replace(/\s+/g, "");
}

function fail(message) {
    throw new Error(message);
}

registry.category("web_tour.tours").add("isp_payments_mx_cash", {
    steps: () => [
        {
            content: "Cash opens in another window; the tour stays in this one",
            trigger: "form[data-isp-method=paynet]",
            run() {
                if (this.anchor.target !== "_blank") {
                    fail("The method does not open in another window");
                }
                this.anchor.target = "_self";
            },
        },
        {
            content: "Pay in cash",
            trigger: "form[data-isp-method=paynet] button",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The barcode has whole pixels per module and nothing is wider than the phone",
            trigger: ".o_isp_barcode img",
            run() {
                const wide = document.documentElement.scrollWidth;
                if (wide > window.innerWidth) {
                    fail(`The page scrolls sideways: ${wide}`);
                }
                if (this.anchor.getBoundingClientRect().width % 143 !== 0) {
                    fail(`The barcode is ${this.anchor.getBoundingClientRect().width} wide`);
                }
            },
        },
        {
            content: "Sixteen digits, kept for later",
            trigger: CODE,
            run() {
                const reference = digits(this.anchor);
                if (!/^10101\d{11}$/.test(reference)) {
                    fail(`Not a reference: ${reference}`);
                }
                window.sessionStorage.setItem("isp_reference", reference);
            },
        },
        {
            content: "Five steps",
            trigger: "[data-block=steps] li:nth-child(5):last-child",
        },
        {
            content: "To the payments",
            trigger: '.o_isp_nav a[href="/my/isp/payments"]',
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The pending reference comes first",
            trigger: ".o_isp_main [data-isp-pending] a",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is the same one",
            trigger: CODE,
            run() {
                if (digits(this.anchor) !== window.sessionStorage.getItem("isp_reference")) {
                    fail("Another reference for the same debt");
                }
            },
        },
    ],
});
