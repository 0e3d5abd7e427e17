/* Card charges: what the cardholder and his bank do. */
import { act, call, code, element, money, row, show } from "./ui.mjs";

const SHOWN = 20;
const STATUS = {
  charge_pending: "Espera al titular",
  in_progress: "Autorizado, sin cobrar",
  completed: "Cobrado",
  failed: "Rechazado",
  cancelled: "Liberado",
  chargeback_pending: "En disputa",
  chargeback_accepted: "Contracargo aceptado",
};

/* A button that tells the bank something about a charge, and what to say when it is done. */
function answer(label, path, data, done) {
  const run = async () => {
    await call("POST", `openpay/${path}`, data);
    return done;
  };
  return act(label, run, "quiet");
}

function actions(charge) {
  const about = { charge_id: charge.id };
  const dispute = (label, status, done) => answer(label, "chargeback", { ...about, status }, done);
  switch (charge.status) {
    case "charge_pending":
      return [
        answer("Autorizar", "3ds", { ...about, success: true }, "El titular autorizó"),
        answer("Rechazar", "3ds", { ...about, success: false }, "El titular no autorizó"),
      ];
    case "completed":
      return [dispute("Contracargo", "created", "El banco abrió una disputa")];
    case "chargeback_pending":
      return [
        dispute("Gana el cliente", "accepted", "El banco se lleva el dinero"),
        dispute("Gana el comercio", "rejected", "La disputa se cerró a favor"),
      ];
    default:
      return [];
  }
}

function cardRow(charge) {
  const number = charge.card ? charge.card.card_number.replace(/X+/, "…") : "página alojada";
  const returned = charge.refund ? `devuelto ${money.format(charge.refund.amount)}` : "";
  const facts = [STATUS[charge.status] || charge.status, charge.error_message, returned];
  facts.push(charge.description, charge.operation_date.slice(0, 19).replace("T", " "));
  const title = element("span", {}, code(number), ` ${money.format(charge.amount)}`);
  return row(title, facts.filter(Boolean).join(" · "), ...actions(charge));
}

export function showCards(charges) {
  const cards = charges.filter((charge) => charge.method === "card").slice(0, SHOWN);
  show("#cards", cards, cardRow, "Ningún cargo a tarjeta todavía.");
}
