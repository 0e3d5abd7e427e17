import { registry } from "@web/core/registry";

const FORM = "form[data-isp-card]";
const BUTTON = `${FORM} button[type=submit]:not([disabled])`;

function type(name, text) {
    return { content: `Type the ${name}`, trigger: `#isp_card_${name}`, run: `edit ${text}` };
}

/** At once, as browsers fill in a stored card: the form moves the caret while somebody types. */
function number(text) {
    return {
        content: `Fill in ${text}`,
        trigger: "#isp_card_number",
        run() {
            this.anchor.value = text;
            this.anchor.dispatchEvent(new Event("input", { bubbles: true }));
        },
    };
}

registry.category("web_tour.tours").add("isp_card_payment", {
    steps: () => [
        {
            content: "The form waits until openpay.js is there",
            trigger: BUTTON,
        },
        {
            content: "Nothing is wider than the phone, and no field has a name",
            trigger: FORM,
            run() {
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("The page scrolls sideways");
                }
                if ([...this.anchor.elements].some((field) => field.name)) {
                    throw new Error("A field could be sent");
                }
            },
        },
        { content: "Send it empty", trigger: BUTTON, run: "click" },
        {
            content: "Every field says what is missing",
            trigger: "#isp_card_holder_error:not([hidden])",
        },
        { trigger: "#isp_card_number_error:not([hidden])" },
        { trigger: "#isp_card_expiry_error:not([hidden])" },
        { trigger: "#isp_card_cvv_error:not([hidden])" },
        type("holder", "Rosa Elena Ibarra"),
        type("month", "12"),
        type("year", "35"),
        type("cvv", "1234"),
        number("343434343434343"),
        { content: "A brand that is not accepted", trigger: BUTTON, run: "click" },
        {
            content: "is refused before anything is sent",
            trigger: '#isp_card_number_error:contains("Accepted: Visa, Mastercard, Carnet")',
        },
        number("4444444444444448"),
        {
            content: "Groups of four",
            trigger: "#isp_card_number",
            run() {
                if (this.anchor.value !== "4444 4444 4444 4448") {
                    throw new Error(`Not in groups: ${this.anchor.value}`);
                }
            },
        },
        type("cvv", "123"),
        { content: "A card without funds", trigger: BUTTON, run: "click" },
        {
            content: "is declined in plain words",
            trigger: "[data-isp-card-error]:not([hidden]):contains(enough funds)",
        },
        {
            content: "The security code is forgotten, the rest stays",
            trigger: "#isp_card_cvv",
            run() {
                if (this.anchor.value || !document.querySelector("#isp_card_number").value) {
                    throw new Error("Wrong fields were emptied");
                }
            },
        },
        number("4111111111111111"),
        type("cvv", "123"),
        {
            content: "Press twice: one payment",
            trigger: BUTTON,
            run() {
                this.anchor.click();
                this.anchor.click();
                if (!this.anchor.disabled) {
                    throw new Error("The button stays enabled while paying");
                }
            },
            expectUnloadPage: true,
        },
        {
            content: "Paid",
            trigger: ".o_isp_notice.is-good:contains(We received your payment)",
        },
        { trigger: ".o_isp_dl:contains(Visa •••• 1111)" },
        { trigger: "a:contains(Download receipt)" },
    ],
});
