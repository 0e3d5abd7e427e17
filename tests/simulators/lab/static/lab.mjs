/* The laboratory page: reads the control interfaces every two seconds, sends what is clicked. */
/* global document, setInterval */
import { showCards } from "./cards.mjs";
import { $, act, call, code, element, money, row, show, toast } from "./ui.mjs";

const REFRESH_MS = 2000;
const STATUS = {
  completed: "Pagado",
  cancelled: "Vencida",
  failed: "Rechazado",
  refunded: "Devuelto",
};
const FAULTS = [
  ["Perder la próxima respuesta", { kind: "drop", method: "POST" }],
  ["Tardar 12 segundos", { kind: "delay", seconds: 12, method: "POST" }],
  ["Responder 503", { kind: "error", status: 503, method: "POST" }],
  ["Cortar la conexión", { kind: "refuse", method: "POST" }],
];
const groups = (text) => text.replace(/(\d{4})(?=\d)/g, "$1 ");
const referenceOf = (charge) =>
  (charge.payment_method || {}).name || (charge.payment_method || {}).reference || "";
const payer = (charge) =>
  [charge.customer?.name, charge.customer?.last_name].filter(Boolean).join(" ");

function pendingRow(charge) {
  const input = element("input", {
    type: "number",
    min: "0.01",
    step: "0.01",
    value: charge.amount.toFixed(2),
  });
  input.setAttribute("aria-label", "Monto a pagar");
  const pay = act(
    "Pagar en el banco",
    async () => {
      const paid = await call("POST", "openpay/pay", {
        charge_id: charge.id,
        amount: Number(input.value),
      });
      return `Transferencia enviada: ${money.format(paid.amount)}`;
    },
    "primary"
  );
  const expire = act(
    "Vencer",
    async () => {
      await call("POST", "openpay/expire", { charge_id: charge.id });
      return "La referencia venció";
    },
    "quiet"
  );
  const due = charge.due_date ? ` · vence ${charge.due_date.slice(0, 16).replace("T", " ")}` : "";
  const detail = `${payer(charge)} · ${charge.description}${due}`;
  return row(
    code(groups(referenceOf(charge))),
    detail,
    element("span", { className: "amount" }, "$", input),
    pay,
    expire
  );
}

function settledRow(charge) {
  const again = act(
    "Pagar otra vez",
    async () => {
      await call("POST", "openpay/pay", { charge_id: charge.id });
      return charge.status === "completed" ? "Segundo pago enviado" : "Pago tardío enviado";
    },
    "quiet"
  );
  const detail = `${STATUS[charge.status] || charge.status} · ${payer(charge)} · ${charge.operation_date.replace("T", " ")}`;
  const title = element(
    "span",
    {},
    code(groups(referenceOf(charge))),
    ` ${money.format(charge.amount)}`
  );
  return row(title, detail, charge.method === "card" ? null : again);
}

function deliveryRow(delivery) {
  const detail = `${delivery.attempts} intentos · respuesta ${delivery.answer ?? "pendiente"}`;
  const again = act(
    "Repetir 10 veces",
    async () => {
      await call("POST", "openpay/webhook/resend", {
        charge_id: delivery.charge_id,
        times: 10,
      });
      return "Diez avisos iguales en camino";
    },
    "quiet"
  );
  return row(code(delivery.type), detail, delivery.charge_id ? again : null);
}

async function refreshOpenpay() {
  const all = await call("GET", "openpay/charges");
  const charges = all.filter((charge) => charge.method !== "card");
  showCards(all);
  const pending = charges.filter((charge) => charge.status === "in_progress");
  show(
    "#pending",
    pending.slice(0, 30),
    pendingRow,
    "No hay referencias pendientes. Genera una en el portal: Pagar servicio › Transferencia bancaria."
  );
  show(
    "#settled",
    charges.filter((charge) => !pending.includes(charge)).slice(0, 20),
    settledRow,
    "Todavía nada."
  );
  const targets = await call("GET", "openpay/webhook");
  $("#targets").textContent = targets.length
    ? `Destino: ${targets.map((item) => item.url).join(", ")}`
    : "Sin destino de avisos.";
  show(
    "#deliveries",
    (await call("GET", "openpay/deliveries")).slice(0, 15),
    deliveryRow,
    "Ningún aviso todavía."
  );
}

function stampRow(stamp) {
  const total = stamp.total ? ` ${money.format(Number(stamp.total))}` : "";
  const facts = [stamp.receiver, stamp.status, String(stamp.stamped_at || "").replace("T", " ")];
  return row(element("span", {}, code(stamp.uuid), total), facts.filter(Boolean).join(" · "));
}

async function refreshPac() {
  const stamps = (await call("GET", "pac/stamps")).reverse();
  show("#stamps", stamps.slice(0, 20), stampRow, "Ningún comprobante timbrado todavía.");
}

/* A button that sends a command to the network and says what it did. */
const command = (label, path, body, done) =>
  act(
    label,
    async () => {
      await call("POST", `snmp/${path}`, body);
      return done;
    },
    "quiet"
  );

function deviceRow({ device, dead, lines }) {
  const name = { device };
  const power = dead
    ? command("Encender", "revive", name, "El equipo responde otra vez")
    : command("Apagar", "kill", name, "El equipo ya no responde");
  return row(
    code(device),
    `${dead ? "Apagado" : "En línea"} · ${lines} líneas`,
    power,
    command("Reiniciar", "reboot", name, "Contadores en cero"),
    command("Renumerar", "shift", name, "Las interfaces cambiaron de número")
  );
}

function lineRow({ device, user, rate, plan_down_mbps: down, plan_up_mbps: up }) {
  const speed = (share, label) =>
    command(
      label,
      "rate",
      { device, user, down_mbps: down * share, up_mbps: up * share },
      `${user}: ${label.toLowerCase()}`
    );
  const now = rate ? `${rate[0]}/${rate[1]} Mbps fijos` : "tráfico según su modelo";
  return row(
    code(user),
    `${device} · plan ${down}/${up} Mbps · ${now}`,
    speed(0, "Sin tráfico"),
    speed(0.5, "A la mitad"),
    speed(1, "Al tope"),
    command("Natural", "rate", { device, user }, `${user}: según su modelo`)
  );
}

async function refreshSnmp() {
  const devices = (await call("GET", "snmp/devices")).map(({ device, dead, lines }) => ({
    device,
    dead,
    lines,
  }));
  show("#devices", devices.slice(0, 20), deviceRow, "Sin equipos.");
  const words = $("#line-search").value.trim().toLowerCase();
  const lines = (await call("GET", "snmp/lines"))
    .filter(({ device, user }) => `${device} ${user}`.toLowerCase().includes(words))
    .map(({ device, user, rate, plan_down_mbps, plan_up_mbps }) => ({
      device,
      user,
      rate,
      plan_down_mbps,
      plan_up_mbps,
    }));
  show("#lines", lines.slice(0, 8), lineRow, "Ninguna línea con ese nombre.");
}

function messageRow({ at, to, subject }) {
  return row(code(to.join(", ")), `${subject} · ${new Date(at).toLocaleString("es-MX")}`);
}

async function refreshMail() {
  const to = encodeURIComponent($("#mail-search").value.trim());
  const messages = await call("GET", `mail/messages?limit=10&to=${to}`);
  const rows = messages.map(({ id, at, to: recipients, subject }) => ({
    id,
    at,
    to: recipients,
    subject,
  }));
  show("#messages", rows, messageRow, "Ningún correo todavía.");
}

const PANELS = {
  openpay: refreshOpenpay,
  pac: refreshPac,
  snmp: refreshSnmp,
  mail: refreshMail,
};

async function refresh() {
  if (document.hidden) {
    return;
  }
  const status = await call("GET", "status").catch(() => ({ simulators: {} }));
  $("#portal").hidden = !status.portal;
  $("#portal").href = status.portal || "#";
  for (const [name, panel] of Object.entries(PANELS)) {
    const card = $(`[data-simulator="${name}"]`);
    const up = status.simulators[name];
    const badge = card.querySelector(".state");
    badge.textContent = up
      ? "En marcha"
      : name in status.simulators
        ? "No responde"
        : "No incluido";
    badge.classList.toggle("is-up", Boolean(up));
    if (up) {
      await panel().catch(() => {});
    }
  }
}

for (const box of document.querySelectorAll("[data-faults]")) {
  const name = box.dataset.faults;
  const buttons = FAULTS.map(([label, fault]) =>
    act(label, async () => {
      await call("POST", `${name}/fault`, { ...fault, path: box.dataset.path });
      return `Lista para la próxima llamada: ${label.toLowerCase()}`;
    })
  );
  const none = act(
    "Quitar fallas",
    async () => {
      await call("DELETE", `${name}/fault`);
      return "Sin fallas";
    },
    "quiet"
  );
  const actions = element("div", { className: "actions" }, ...buttons, none);
  box.replaceChildren(
    element("details", {}, element("summary", { textContent: "Fallas" }), actions)
  );
}

for (const button of document.querySelectorAll("[data-post]")) {
  button.addEventListener("click", async () => {
    try {
      await call("POST", button.dataset.post, JSON.parse(button.dataset.body || "{}"));
      toast("Hecho");
    } catch (error) {
      toast(`No se pudo: ${error.message}`);
    }
    refresh();
  });
}

refresh();
setInterval(refresh, REFRESH_MS);
document.addEventListener("visibilitychange", refresh);
$("#line-search").addEventListener("input", refresh);
$("#mail-search").addEventListener("input", refresh);
document.addEventListener("lab:changed", refresh);
