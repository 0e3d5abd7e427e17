/** Money of the cashier's screen, in whole cents so that nothing is lost to fractions. */

const BILLS = [5000, 10000, 20000, 50000, 100000];

/** Return what was typed ("1,234.5", "$200") in cents; nothing readable is 0. */
export function cents(text) {
    const clean = String(text ?? "").replace(/[^\d.-]/g, "");
    const value = Number.parseFloat(clean);
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
