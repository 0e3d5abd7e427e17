/** Money of the cashier's screen, in whole cents so that nothing is lost to fractions. */

const BILLS = [5000, 10000, 20000, 50000, 100000];

const MONEY = /^(\d{1,3}(,\d{3})+|\d+)?(\.\d{0,2})?$/;
// Keyboards of other countries have a comma where ours have the point.
const WITH_COMMA = /^(\d+),(\d{1,2})$/;

function tidy(text) {
    const clean = String(text ?? "").replace(/[\s$]/g, "");
    return clean.replace(WITH_COMMA, "$1.$2");
}

/** Return whether an amount was typed as one, or nothing at all: "1,234.50", "$200", "349,50". */
export function isMoney(text) {
    return MONEY.test(tidy(text));
}

/** Return what was typed in cents; what is no amount is 0, never another amount. */
export function cents(text) {
    const value = isMoney(text) ? Number.parseFloat(tidy(text).replaceAll(",", "")) : 0;
    return Number.isFinite(value) ? Math.round(value * 100) : 0;
}

/** Return the change in cents; negative when the customer handed over too little. */
export function change(amount, handed) {
    return handed - amount;
}

/** Return what customers usually hand over for an amount: exactly, or the next bills. */
export function quickAmounts(amount) {
    if (amount <= 0) {
        return [];
    }
    const rounded = BILLS.map((bill) => Math.ceil(amount / bill) * bill);
    return [...new Set([amount, ...rounded])].sort((a, b) => a - b).slice(0, 5);
}

/** Return a mark of one press of the button. */
export function newMark() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
