import assert from "node:assert/strict";
import { type Rig, rig } from "./rig.ts";

const VALUE = "hunter2-hunter2-value";

describe("HTTP: assets", function () {
  this.timeout(30_000);
  let all: Rig;
  before(async () => {
    all = await rig();
  });
  after(() => all.stop());

  const put = (name: string, body: object, token?: string) => all.ask("PUT", `/api/v1/assets/${name}`, { body, ...(token ? { token } : {}) });

  it("show plain variables to whoever may list assets there, and secrets to nobody", async () => {
    await put("region", { kind: "variable", value: { name: "eu" }, scope: "/team" });
    await put("api", { kind: "secret", value: VALUE, scope: "/team" });
    await put("db", { kind: "credential", value: { user: "ada", password: VALUE }, scope: "/team" });
    await put("pin", { kind: "variable", value: VALUE, encrypted: true, scope: "/team" });
    const schema = { type: "object", properties: { url: { type: "string" }, token: { type: "string", writeOnly: true } } };
    await put("crm", { kind: "connection", value: { url: "https://crm", token: VALUE }, schema, scope: "/team" });
    const reader = await all.tokenFor("rita", { role: "reader", scope: "/team" });
    const admin = await all.tokenFor("adam", { role: "admin", scope: "/" });
    const stranger = await all.tokenFor("sam", { role: "admin", scope: "/other" });
    const show = (name: string, token: string) => all.ask("GET", `/api/v1/assets/${name}?scope=/team`, { token });
    for (const token of [reader, admin]) {
      assert.deepEqual((await show("region", token)).body.value, { name: "eu" });
      const { body } = await show("crm", token);
      assert.deepEqual([body.value, body.schema], [{ url: "https://crm" }, schema]);
      for (const name of ["api", "db", "pin", "crm"]) {
        const { status, text, body: shown } = await show(name, token);
        assert.equal(status, 200);
        assert.ok(!text.includes(VALUE) && (name === "crm" || !("value" in shown)), text);
      }
      assert.ok(!(await all.ask("GET", "/api/v1/assets", { token })).text.includes(VALUE));
    }
    for (const name of ["region", "api", "nothing"]) assert.equal((await show(name, stranger)).status, 404, name);
    const author = await all.tokenFor("ada", { role: "author", scope: "/team" });
    for (const [method, path] of [
      ["POST", "export"],
      ["POST", "import"],
      ["POST", "rotate-keys"],
    ] as const) {
      const body = path === "rotate-keys" ? undefined : { key: "A".repeat(43), header: "{}", sealed: "" };
      assert.equal((await all.ask(method, `/api/v1/assets/${path}`, { token: author, ...(body ? { body } : {}) })).status, 403, path);
    }
  });

  const refused: [what: string, body: object | string][] = [
    ["another kind", { kind: VALUE, value: VALUE }],
    ["a secret that is an object", { kind: "secret", value: { [VALUE]: VALUE } }],
    ["a credential with something else in it", { kind: "credential", value: { user: "a", password: VALUE, more: VALUE } }],
    ["a certificate that is none", { kind: "certificate", value: { certificate: VALUE, key: VALUE } }],
    ["a key that is none", { kind: "certificate", value: { certificate: `-----BEGIN CERTIFICATE-----\n${VALUE}\n-----END CERTIFICATE-----` } }],
    ["a connection that doesn't fit", { kind: "connection", value: { token: VALUE }, schema: { type: "object", properties: { token: { enum: ["a"] } } } }],
    ["a variable of another type", { kind: "variable", value: VALUE, type: "number" }],
    ["a type that is none", { kind: "variable", value: VALUE, type: VALUE }],
    ["a name for it that is none", { kind: "secret", value: VALUE, scope: "nowhere" }],
  ];
  for (const [what, body] of refused) {
    it(`say nothing of the value when they refuse ${what}`, async () => {
      const answer = await put("refused", body as object);
      assert.equal(answer.status, 400, answer.text);
      // A word that isn't one of the API's own may be repeated; a value may not.
      if (!["another kind", "a type that is none"].includes(what)) assert.ok(!answer.text.includes(VALUE), answer.text);
      assert.ok(!JSON.stringify(await all.activity()).includes(VALUE));
    });
  }

  it("say nothing of a body that is no JSON", async () => {
    for (const text of [`{"kind":"secret","value":"${VALUE}`, VALUE, `{"kind":"secret","value":"${VALUE}"} ${VALUE}`, `{"__proto__":"${VALUE}"}`]) {
      const answer = await all.http.inject({
        method: "PUT",
        url: "/api/v1/assets/refused",
        headers: { authorization: `Bearer ${all.admin}`, "content-type": "application/json" },
        payload: text,
      });
      assert.equal(answer.statusCode, 400, answer.body);
      assert.ok(!answer.body.includes("hunter2"), answer.body);
    }
  });

  it("rotate keys while jobs go on", async () => {
    const answer = await all.ask("POST", "/api/v1/assets/rotate-keys");
    assert.deepEqual([answer.status, answer.body.done, answer.body.damaged], [200, true, 0]);
    await put("after", { kind: "variable", value: 5 });
    assert.equal((await all.ask("GET", "/api/v1/assets/after")).body.value, 5);
  });
});
