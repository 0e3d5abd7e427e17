/* Written for the simulator: gives a device session id as the vendor's module does, and looks at
   nothing in the browser. */
(function (window) {
    "use strict";

    const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    function sessionId() {
        const bytes = window.crypto.getRandomValues(new Uint8Array(32));
        return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
    }

    window.OpenPay = window.OpenPay || {};
    window.OpenPay.deviceData = {
        setup(formId, fieldId) {
            const id = sessionId();
            const form = formId ? window.document.getElementById(formId) : null;
            if (form) {
                const name = fieldId || "deviceDataId";
                const known = window.document.getElementById(name);
                const field = known || window.document.createElement("input");
                if (!known) {
                    field.type = "hidden";
                    field.id = field.name = name;
                    form.append(field);
                }
                field.value = id;
            }
            return id;
        },
    };
})(window);
