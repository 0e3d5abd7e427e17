// Drive the simulator with the vendor's Node library where its own tests do not go.
// Started by scripts.sdk inside the package: scenario.mjs <report file>.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "test", "test.js"));
const Openpay = require("../lib/openpay");

const URL_BASE = process.env.OPENPAY_URL;
const BACK = "https://shop.example/back";
const CARD = {
  card_number: "4111111111111111",
  holder_name: "Ana",
  cvv2: "110",
  expiration_month: "12",
  expiration_year: "35",
};
const CHARGE = { method: "card", amount: 349, description: "Residencial 50", currency: "MXN" };
Openpay.SANDBOX_URL = URL_BASE;
const config = await (await fetch(`${URL_BASE}/_control/config`)).json();
const openpay = new Openpay(config.merchant, process.env.OPENPAY_KEY);

/** Call a function of the library; gives {error, body, status}. */
function call(object, name, ...args) {
  return new Promise((resolve) => {
    object[name](...args, (error, body, response) =>
      resolve({ error, body, status: response ? response.statusCode : 0 })
    );
  });
}

async function control(path, data) {
  const answer = await fetch(`${URL_BASE}/_control/${path}`, {
    method: "POST",
    body: JSON.stringify(data || {}),
  });
  return answer.json();
}

/** Send a form of a page as a browser would; gives where it leads. */
async function browse(url, form) {
  const body = new URLSearchParams(form);
  const answer = await fetch(url, { method: "POST", body, redirect: "manual" });
  return answer.headers.get("location");
}

/** A token as openpay.js of a shop makes it: by the browser's key, from another origin. */
async function token(values) {
  const answer = await fetch(`${URL_BASE}/v1/${config.merchant}/tokens`, {
    method: "POST",
    headers: {
      Authorization: `Basic ${Buffer.from(`${config.public_key}:`).toString("base64")}`,
      Origin: "https://shop.example",
    },
    body: JSON.stringify({ ...CARD, ...values }),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()).id;
}

const pay = async (values, card) =>
  call(openpay.charges, "create", { ...CHARGE, source_id: await token(card), ...values });

const cases = {
  "a token of the browser pays once": async () => {
    const source = await token();
    const first = await pay({ source_id: source });
    assert.deepEqual([first.status, first.body.status], [200, "completed"]);
    const second = await pay({ source_id: source });
    assert.deepEqual([second.status, second.error.error_code], [422, 1003]);
  },
  "a second charge of an order_id is refused, the first is found by it": async () => {
    const first = await pay({ order_id: "S1~0001" });
    const second = await pay({ order_id: "S1~0001" });
    assert.deepEqual([second.status, second.error.error_code], [409, 1006]);
    const found = await call(openpay.charges, "list", { order_id: "S1~0001" });
    assert.deepEqual(
      found.body.map((item) => item.id),
      [first.body.id]
    );
  },
  "a stored card is charged without the cardholder": async () => {
    const person = (
      await call(openpay.customers, "create", {
        name: "Ana",
        email: "ana@example.com",
        external_id: "7",
        requires_account: false,
      })
    ).body;
    const card = (
      await call(openpay.customers.cards, "create", person.id, {
        token_id: await token(),
        device_session_id: "d".repeat(32),
      })
    ).body;
    const { body } = await call(openpay.customers.charges, "create", person.id, {
      ...CHARGE,
      source_id: card.id,
      order_id: "M1",
    });
    assert.deepEqual(
      [body.status, body.customer_id, body.card.id],
      ["completed", person.id, card.id]
    );
    const other = await call(openpay.charges, "get", body.id);
    assert.deepEqual([other.status, other.error.error_code], [404, 1005]);
  },
  "3D Secure: the challenge is accepted or rejected": async () => {
    for (const [button, status] of [
      ["accept", "completed"],
      ["reject", "failed"],
    ]) {
      const { body } = await pay(
        { use_3d_secure: true, redirect_url: BACK },
        { card_number: "5204740000001002" }
      );
      assert.equal(body.status, "charge_pending");
      assert.equal(
        await browse(body.payment_method.url, { result: button }),
        `${BACK}?id=${body.id}`
      );
      assert.equal((await call(openpay.charges, "get", body.id)).body.status, status);
    }
  },
  "the hosted page takes the card": async () => {
    const { body } = await call(openpay.charges, "create", {
      ...CHARGE,
      confirm: false,
      redirect_url: BACK,
    });
    assert.equal(await browse(body.payment_method.url, CARD), `${BACK}?id=${body.id}`);
    assert.equal((await call(openpay.charges, "get", body.id)).body.status, "completed");
  },
  "a decline is 402 with its code": async () => {
    const { status, error } = await pay({}, { card_number: "4222222222222220" });
    assert.deepEqual([status, error.error_code, error.category], [402, 3001, "gateway"]);
  },
  "a part of a charge is given back": async () => {
    const { body } = await pay();
    const back = await call(openpay.charges, "refund", body.id, { amount: 100, description: "x" });
    assert.deepEqual([back.body.status, back.body.refund.amount], ["completed", 100]);
  },
  "a SPEI reference is paid": async () => {
    const { body } = await call(openpay.charges, "create", { ...CHARGE, method: "bank_account" });
    assert.match(body.payment_method.name, /^\d{20}$/);
    await control("pay", { reference: body.payment_method.name });
    assert.equal((await call(openpay.charges, "get", body.id)).body.status, "completed");
  },
  "a Paynet reference above the limit is refused with 1012": async () => {
    const data = { ...CHARGE, method: "store" };
    const { body } = await call(openpay.charges, "create", data);
    assert.match(body.payment_method.reference, /^10101\d{11}$/);
    const { error } = await call(openpay.charges, "create", { ...data, amount: 29999.01 });
    assert.equal(error.error_code, 1012);
  },
  "the answer is lost after the charge was made: asking finds exactly one": async () => {
    const source = await token();
    await control("fault", { kind: "drop", method: "POST", path: "/charges" });
    const lost = await pay({ source_id: source, order_id: "LOST" });
    assert.equal(lost.status, 0);
    const found = await call(openpay.charges, "list", { order_id: "LOST" });
    assert.deepEqual(
      found.body.map((item) => item.status),
      ["completed"]
    );
  },
  "a webhook is verified with its code": async () => {
    const { body } = await call(openpay.webhooks, "create", {
      url: "http://127.0.0.1:9/none",
      user: "u",
      password: "p",
      event_types: ["charge.succeeded"],
    });
    const wrong = await call(openpay.webhooks, "verify", body.id, "00000000");
    assert.deepEqual([wrong.status, wrong.error.error_code], [422, 1003]);
    assert.equal((await call(openpay.webhooks, "delete", body.id)).status, 204);
  },
  "the browser's key is refused on the server with 1010": async () => {
    const wrong = new Openpay(config.merchant, config.public_key);
    const { status, error } = await call(wrong.charges, "list", {});
    assert.deepEqual([status, error.error_code], [403, 1010]);
  },
};

const report = [];
for (const [name, run] of Object.entries(cases)) {
  await control("reset");
  const entry = { name, state: "passed", message: "" };
  try {
    await run();
  } catch (error) {
    entry.state = "failed";
    entry.message = String(error.stack);
  }
  report.push(entry);
}
writeFileSync(process.argv[2], JSON.stringify(report));
