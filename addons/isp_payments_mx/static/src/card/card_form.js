import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";

import { brandOf, digitsOf, fullYear, grouped, isOver, passesLuhn } from "./card_numbers";

const SDK_WAIT_MS = 15000;
const AGAIN_MS = [2000, 5000, 10000];
const FIELDS = ["holder", "number", "month", "year", "cvv"];

/**
 * The card form. Card data goes from here to Openpay and nowhere else; our server gets a one-time
 * token. A lost answer of our server is asked for again with the same token: that is one payment.
 */
export class CardForm extends Interaction {
    static selector = ".o_isp form[data-isp-card]";
    route = "/my/isp/pay/card/charge";
    dynamicContent = {
        _root: { "t-on-submit.prevent": this.onSubmit },
        "#isp_card_number": { "t-on-input": this.onNumber },
        ".o_isp_input": { "t-on-change": this.onChange },
    };

    setup() {
        this.busy = false;
        this.token = this.el.dataset.token;
        this.texts = JSON.parse(this.el.dataset.texts || "{}");
        this.accepted = this.el.dataset.accepted.split(",");
    }

    async start() {
        try {
            await this.waitFor(this.sdk());
            this.button.disabled = false;
        } catch {
            this.fail(
                _t("The payment system could not be loaded. Try again or pay in another way.")
            );
        }
    }

    get button() {
        return this.el.querySelector("button[type=submit]");
    }

    input(name) {
        return this.el.querySelector(`#isp_card_${name}`);
    }

    /** Wait for openpay.js, which the page loads, and tell it whose account it is. */
    async sdk() {
        const until = Date.now() + SDK_WAIT_MS;
        while (!window.OpenPay?.token || !window.OpenPay?.deviceData) {
            if (Date.now() > until) {
                throw new Error("no SDK");
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const { OpenPay } = window;
        const { merchant, key, sandbox, api } = this.el.dataset;
        OpenPay.setId(merchant);
        OpenPay.setApiKey(key);
        OpenPay.setSandboxMode(Boolean(sandbox));
        if (api) {
            OpenPay.hostname = OpenPay.sandboxHostname = api;
        }
        this.device = OpenPay.deviceData.setup();
    }

    /** Put the number in groups and leave the caret behind the digit it was behind. */
    onNumber() {
        const input = this.input("number");
        const before = digitsOf(input.value.slice(0, input.selectionEnd)).length;
        input.value = grouped(input.value);
        let caret = 0;
        for (let digits = 0; digits < before && caret < input.value.length; caret++) {
            digits += input.value[caret] === " " ? 0 : 1;
        }
        input.setSelectionRange(caret, caret);
    }

    onChange(ev) {
        if (ev.currentTarget.getAttribute("aria-invalid")) {
            this.check();
        }
    }

    // === CHECKS BEFORE ANYTHING IS SENT === //

    check() {
        const number = digitsOf(this.input("number").value);
        const brand = brandOf(number);
        const cvv = this.input("cvv").value.trim();
        const length = brand ? brand.cvv : 3;
        const month = Number(this.input("month").value);
        const year = fullYear(this.input("year").value);
        const problems = {
            holder:
                this.input("holder").value.trim().length < 3 &&
                _t("Type the name as it appears on the card."),
            number: this.numberProblem(number, brand),
            expiry: this.expiryProblem(month, year),
            cvv:
                !(/^\d+$/.test(cvv) && cvv.length === length) &&
                (length === 4 ? _t("4 digits, on the front.") : _t("3 digits, on the back.")),
        };
        this.show("holder", ["holder"], problems.holder);
        this.show("number", ["number"], problems.number);
        this.show("expiry", ["month", "year"], problems.expiry);
        this.show("cvv", ["cvv"], problems.cvv);
        return !Object.values(problems).some(Boolean);
    }

    numberProblem(number, brand) {
        if (!passesLuhn(number)) {
            return _t("The card number is not right. Check it and try again.");
        }
        if (!brand || !this.accepted.includes(brand.code)) {
            return _t(
                "We don't take this card. Accepted: %s.",
                this.input("number").dataset.brands
            );
        }
        return (
            !brand.lengths.includes(number.length) &&
            _t("The card number is not right. Check it and try again.")
        );
    }

    expiryProblem(month, year) {
        if (!(month >= 1 && month <= 12) || Number.isNaN(year)) {
            return _t("Type month and year, for example 08 29.");
        }
        return isOver(month, year) && _t("The expiry date has passed. Use another card.");
    }

    show(name, inputs, problem) {
        const line = this.el.querySelector(`#isp_card_${name}_error`);
        line.textContent = problem || "";
        line.hidden = !problem;
        for (const field of inputs) {
            const input = this.input(field);
            if (problem) {
                input.setAttribute("aria-invalid", "true");
            } else {
                input.removeAttribute("aria-invalid");
            }
        }
    }

    // === PAYING === //

    async onSubmit() {
        if (this.busy || this.button.disabled) {
            return;
        }
        this.fail("");
        if (!this.check()) {
            this.el.querySelector("[aria-invalid]").focus();
            return;
        }
        this.setBusy(true);
        try {
            const source = await this.waitFor(this.tokenize());
            const answer = await this.waitFor(this.charge(source));
            this.follow(answer);
        } catch (error) {
            this.fail(error.message);
            this.setBusy(false);
        }
    }

    /** Send the card to Openpay; returns its one-time token. */
    tokenize() {
        const card = {
            holder_name: this.input("holder").value.trim(),
            card_number: digitsOf(this.input("number").value),
            expiration_month: this.input("month").value.trim().padStart(2, "0"),
            expiration_year: String(fullYear(this.input("year").value)).slice(-2),
            cvv2: this.input("cvv").value.trim(),
        };
        return new Promise((resolve, reject) => {
            const refused = (error) => {
                const code = String(error?.data?.error_code || "");
                reject(new Error(this.texts[code] || this.unreachable(error)));
            };
            window.OpenPay.token.create(card, (made) => resolve(made.data.id), refused);
        });
    }

    unreachable(error) {
        return error?.status
            ? _t("The card data could not be used. Check it and try again.")
            : _t("The payment system does not answer. You have not been charged; try again.");
    }

    /** What our server gets: a one-time token, never the card. */
    params(source) {
        return {
            subscription_id: Number(this.el.dataset.subscription),
            token: this.token,
            source_id: source,
            device_session_id: this.device,
        };
    }

    get words() {
        return {
            busy: _t("Paying…"),
            checking: _t("We are checking how your payment ended."),
            unknown: _t(
                "We don't know yet how your payment ended. Look at your payments before you pay again."
            ),
        };
    }

    /** Ask our server to charge; without an answer ask again, which never charges twice. */
    async charge(source) {
        const params = this.params(source);
        for (const wait of [...AGAIN_MS, 0]) {
            try {
                const response = await fetch(this.route, {
                    method: "POST",
                    credentials: "same-origin",
                    headers: { "Content-Type": "application/json" },
                    body: JSON.stringify({ jsonrpc: "2.0", method: "call", params }),
                });
                const body = await response.json();
                if (body.result) {
                    return body.result;
                }
                if (body.error?.code === 100) {
                    window.location.reload(); // the session is over
                    return new Promise(() => {});
                }
            } catch {
                // no connection: the next try asks for the same payment
            }
            this.say(this.words.checking);
            await new Promise((resolve) => setTimeout(resolve, wait));
        }
        return {
            error: this.words.unknown,
            locked: true,
        };
    }

    follow(answer) {
        this.input("cvv").value = "";
        if (answer.url) {
            for (const name of FIELDS) {
                this.input(name).value = "";
            }
            window.location.assign(answer.url);
            return;
        }
        this.fail(answer.error);
        this.setBusy(false);
        if (answer.token) {
            this.token = answer.token;
        } else {
            this.button.disabled = true; // nothing more can be done with this page
        }
    }

    // === WHAT THE CUSTOMER SEES === //

    setBusy(busy) {
        this.busy = busy;
        this.button.disabled = busy;
        this.button.setAttribute("aria-busy", String(busy));
        this.el.querySelector("[data-isp-card-label]").hidden = busy;
        this.el.querySelector("[data-isp-card-busy]").hidden = !busy;
        for (const name of FIELDS) {
            this.input(name).readOnly = busy;
        }
        this.say(busy ? this.words.busy : "");
    }

    say(text) {
        this.el.querySelector("[data-isp-card-status]").textContent = text;
    }

    fail(text) {
        const notice = this.el.querySelector("[data-isp-card-error]");
        notice.hidden = !text;
        notice.querySelector("[data-isp-card-error-text]").textContent = text || "";
        if (text) {
            notice.focus();
        }
    }
}

registry.category("public.interactions").add("isp_payments_mx.card_form", CardForm);
