/* Written for the simulator: the interface of the vendor's browser library, nothing of its code.
   Sends card data to the simulator only, unless a page sets another hostname. */
(function (window) {
    "use strict";

    const script = window.document.currentScript;
    const origin = script ? new URL(script.src).origin : window.location.origin;
    const state = { id: "", key: "", sandbox: true };
    const BRANDS = [
        ["American Express", /^3[47]/, [15], 4],
        ["Carnet", /^(?:506|6046|604|606)/, [16], 3],
        ["Visa", /^4/, [13, 16], 3],
        ["Mastercard", /^(?:5[1-5]|2[2-7])/, [16], 3],
    ];

    function digits(value) {
        return String(value == null ? "" : value).replace(/[\s-]/g, "");
    }

    function brandOf(number) {
        return BRANDS.find(([, pattern]) => pattern.test(digits(number)));
    }

    function luhn(number) {
        let total = 0;
        for (let index = 0; index < number.length; index++) {
            let digit = Number(number[number.length - 1 - index]);
            if (index % 2) {
                digit = digit > 4 ? digit * 2 - 9 : digit * 2;
            }
            total += digit;
        }
        return total % 10 === 0;
    }

    const card = {
        validateCardNumber(number) {
            const text = digits(number);
            return /^\d{13,19}$/.test(text) && luhn(text);
        },
        validateAcceptCardNumber(number) {
            return card.validateCardNumber(number) && Boolean(brandOf(number));
        },
        validateCVC(code, number) {
            const text = String(code == null ? "" : code).trim();
            const brand = number ? brandOf(number) : null;
            return /^\d{3,4}$/.test(text) && (!brand || text.length === brand[3]);
        },
        validateExpiry(month, year) {
            const [wantedMonth, short] = [Number(String(month).trim()), String(year).trim()];
            if (!(wantedMonth >= 1 && wantedMonth <= 12) || !/^(?:\d{2}|\d{4})$/.test(short)) {
                return false;
            }
            const wantedYear = Number(short.length === 2 ? `20${short}` : short);
            const now = new Date();
            const current = now.getFullYear() * 12 + now.getMonth();
            return wantedYear * 12 + wantedMonth - 1 >= current;
        },
        cardType(number) {
            const brand = brandOf(number);
            return brand ? brand[0] : "";
        },
        cardTypes() {
            return BRANDS.map(([name]) => name);
        },
    };

    function send(method, path, data, onSuccess, onError) {
        const base = state.sandbox ? OpenPay.sandboxHostname : OpenPay.hostname;
        const request = new window.XMLHttpRequest();
        const fail = (status, body, message) =>
            onError &&
            onError({ status, message, data: body, cancelled: false, toString: () => message });
        request.open(method, `${base}${state.id}/${path}`, true);
        request.timeout = 40000;
        request.setRequestHeader("Accept", "application/json");
        request.setRequestHeader("Content-Type", "application/json");
        request.setRequestHeader("Authorization", `Basic ${window.btoa(`${state.key}:`)}`);
        request.onload = () => {
            let body = {};
            try {
                body = JSON.parse(request.responseText || "{}");
            } catch {
                body = { description: "The answer is not JSON" };
            }
            if (request.status >= 200 && request.status < 300) {
                onSuccess({ status: request.status, data: body });
            } else {
                fail(request.status, body, `Request failed with status ${request.status}`);
            }
        };
        request.onerror = () => fail(0, { description: "Network error" }, "Unknown error");
        request.ontimeout = () => fail(0, { description: "Response timeout" }, "Timeout");
        request.send(JSON.stringify(data));
    }

    function extractFormInfo(form) {
        const element = form && form.get ? form.get(0) : form;
        const root =
            typeof element === "string" ? window.document.getElementById(element) : element;
        const data = {};
        for (const field of root.querySelectorAll("[data-openpay-card]")) {
            data[field.getAttribute("data-openpay-card")] = field.value;
        }
        const address = {};
        for (const field of root.querySelectorAll("[data-openpay-card-address]")) {
            address[field.getAttribute("data-openpay-card-address")] = field.value;
        }
        return Object.keys(address).length ? { ...data, address } : data;
    }

    const token = {
        create: (data, onSuccess, onError) => send("POST", "tokens", data, onSuccess, onError),
        extractFormAndCreate: (form, onSuccess, onError) =>
            token.create(extractFormInfo(form), onSuccess, onError),
    };
    card.create = (data, onSuccess, onError, customer) =>
        send("POST", customer ? `customers/${customer}/cards` : "cards", data, onSuccess, onError);
    card.update = (data, onSuccess, onError, customer, id) =>
        send(
            "PUT",
            customer ? `customers/${customer}/cards/${id}` : `cards/${id}`,
            data,
            onSuccess,
            onError
        );

    const OpenPay = {
        version: "simulator",
        hostname: `${origin}/v1/`,
        sandboxHostname: `${origin}/v1/`,
        card,
        token,
        extractFormInfo,
        setId: (id) => (state.id = id),
        getId: () => state.id,
        setApiKey: (key) => {
            if (!/^pk_[a-z0-9]+$/.test(key)) {
                throw new Error("The public key is not valid");
            }
            state.key = key;
        },
        getApiKey: () => state.key,
        setSandboxMode: (on) => (state.sandbox = Boolean(on)),
        getSandboxMode: () => state.sandbox,
        setProductionMode: (on) => (state.sandbox = !on),
        log: () => undefined,
    };
    window.OpenPay = OpenPay;
})(window);
