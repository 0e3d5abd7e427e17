/* What every panel uses: elements, calls to the simulators, buttons, rows and lists. */
/* global clearTimeout, CustomEvent, document, fetch, setTimeout */
export const money = new Intl.NumberFormat("es-MX", { style: "currency", currency: "MXN" });
export const $ = (selector) => document.querySelector(selector);

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export async function call(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(`/api/${path}`, options);
  const data = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new Error((data && data.error) || `HTTP ${answer.status}`);
  }
  return data;
}

let toastTimer;
export function toast(text) {
  const box = $("#toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (box.hidden = true), 4000);
}

export function act(label, run, className = "") {
  const button = element("button", { type: "button", textContent: label, className });
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      toast(await run());
    } catch (error) {
      toast(`No se pudo: ${error.message}`);
    }
    button.disabled = false;
    document.dispatchEvent(new CustomEvent("lab:changed"));
  });
  return button;
}

export function row(title, detail, ...controls) {
  const text = element(
    "div",
    { className: "grow" },
    title,
    element("small", { textContent: detail })
  );
  return element("div", { className: "row" }, text, ...controls);
}

/* Replaces a list only when its data changed, so that a half-typed amount is not lost. */
const shown = new Map();
export function show(target, data, render, empty) {
  const key = JSON.stringify(data);
  if (shown.get(target) === key) {
    return;
  }
  shown.set(target, key);
  const rows = data.map(render);
  $(target).replaceChildren(
    ...(rows.length ? rows : [element("p", { className: "empty", textContent: empty })])
  );
}

export const code = (text) => element("span", { className: "code", textContent: text });
