// What can be said of a card number before it is sent anywhere. Brands by their first digits.
const BRANDS = [
    { code: "amex", start: /^3[47]/, lengths: [15], cvv: 4 },
    {
        code: "carnet",
        start: /^(?:286900|502275|506|6046|6275|606333|636318|639388|639484|639559)/,
        lengths: [16],
        cvv: 3,
    },
    { code: "visa", start: /^4/, lengths: [13, 16, 19], cvv: 3 },
    {
        code: "mastercard",
        start: /^(?:5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720))/,
        lengths: [16],
        cvv: 3,
    },
];

export function digitsOf(text) {
    return String(text || "").replace(/\D/g, "");
}

export function brandOf(number) {
    return BRANDS.find((brand) => brand.start.test(digitsOf(number)));
}

export function passesLuhn(number) {
    const digits = digitsOf(number);
    let total = 0;
    for (let index = 0; index < digits.length; index++) {
        let digit = Number(digits[digits.length - 1 - index]);
        if (index % 2) {
            digit = digit > 4 ? digit * 2 - 9 : digit * 2;
        }
        total += digit;
    }
    return digits.length >= 13 && digits.length <= 19 && total % 10 === 0;
}

/** Groups of four; American Express 4-6-5. */
export function grouped(number) {
    const digits = digitsOf(number).slice(0, 19);
    const sizes = brandOf(digits)?.code === "amex" ? [4, 6, 5] : [4, 4, 4, 4, 3];
    const groups = [];
    let start = 0;
    for (const size of sizes) {
        if (start < digits.length) {
            groups.push(digits.slice(start, start + size));
        }
        start += size;
    }
    return groups.join(" ");
}

/** Four digits of a year that was typed with two or four, NaN for anything else. */
export function fullYear(text) {
    const year = String(text || "").trim();
    return /^(\d{2}|\d{4})$/.test(year) ? Number(year.length === 2 ? `20${year}` : year) : NaN;
}

export function isOver(month, year, today = new Date()) {
    return year * 12 + month - 1 < today.getFullYear() * 12 + today.getMonth();
}
