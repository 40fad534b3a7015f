import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issue } from "../access/certificates.ts";
import { type CommandHome, commandHome } from "./command.ts";

const SCHEMA = {
  type: "object",
  required: ["url", "token"],
  properties: { url: { type: "string" }, token: { type: "string", writeOnly: true } },
};
const RUNBOOK = `import { runbook, Type } from "runwright";
export default runbook({
  summary: "Reads each kind",
  parameters: Type.Object({ role: Type.String() }),
  permissions: { secrets: ["api"], credentials: ["db"], certificates: ["www"], connections: ["crm"], variables: ["region", "pin"] },
  async run({ secrets, credentials, certificates, connections, variables, output }) {
    const { user, password } = await credentials.get("db");
    const { key, subject } = await certificates.get("www");
    const { url, token } = await connections.get<{ url: string; token: string }>("crm");
    const pin = await variables.get<number>("pin");
    output({ user, subject, url, region: await variables.get("region"), lengths: [password.length, key?.length, token.length, pin + 1] });
    output([await secrets.get("api"), password, key, token, pin]);
  },
});
`;

describe("runwright asset, over an engine", function () {
  this.timeout(120_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  before(async () => {
    home = await commandHome();
    engine = await home.serve();
  });
  after(async () => {
    await engine.stop();
    await home.remove();
  });
  const file = async (name: string, text: string) => {
    await writeFile(join(home.path, name), text);
    return name;
  };
  const ok = async (args: string[], stdin = "") => {
    const done = await home.run(args, { stdin });
    assert.equal(done.code, 0, done.stderr);
    return done;
  };
  const fails = async (args: string[], message: RegExp, stdin = "") => {
    const done = await home.run(args, { stdin });
    assert.equal(done.code, 1, done.stdout);
    assert.match(done.stderr, message);
  };

  it("sets each kind and shows what isn't secret; a job reads them all, masked", async () => {
    const { certificate, key } = await issue("CN=www.example.com", { notAfter: Date.now() + 10 * 86_400_000 });
    await ok(["asset", "set", "api"], "hunter2-hunter2");
    await ok(["asset", "set", "db", "--credential", "--user", "ada"], "correct-horse\n");
    const set = await ok(["asset", "set", "www", "--certificate", "--file", await file("www.pem", certificate), "--key", await file("www.key", key)]);
    assert.match(set.stderr, /warning: the certificate "www" in \/ expires on/);
    await ok(
      ["asset", "set", "crm", "--connection", "--schema", await file("crm.json", JSON.stringify(SCHEMA))],
      '{"url":"https://crm","token":"t0ken-t0ken"}',
    );
    await ok(["asset", "set", "region", "--variable"], "eu-west");
    await ok(["asset", "set", "pin", "--variable", "--type", "number", "--encrypted"], "123456");
    assert.equal((await ok(["asset", "get", "region"])).stdout, "eu-west\n");
    assert.equal((await ok(["asset", "get", "www"])).stdout, certificate);
    assert.deepEqual(JSON.parse((await ok(["asset", "get", "crm"])).stdout), { url: "https://crm" });
    for (const [name, what] of [
      ["api", "a secret"],
      ["db", "a credential"],
      ["pin", "an encrypted variable"],
    ] as const)
      await fails(["asset", "get", name], new RegExp(`is ${what}: its value is for jobs alone`));
    await fails(["asset", "set", "region", "--variable", "--json-value"], /CONFLICT/, "5");
    await fails(["asset", "set", "x", "--variable", "--credential"], /an asset has one kind/, "x");
    await fails(["asset", "set", "x", "--user", "ada"], /--user goes with --credential/, "x");

    const list = (await ok(["asset", "list"])).stdout;
    assert.match(list, /pin +variable +number, encrypted/);
    assert.match(list, /www +certificate +CN=www\.example\.com +\/ +1 +20\d\d-\d\d-\d\d/);
    assert.match(await (await fetch(`${engine.url}/readyz`)).text(), /the certificate \\"www\\" in \/ expires on/);

    await file("reads-all.ts", RUNBOOK);
    await ok(["runbook", "publish", "reads-all.ts"]);
    const job = await home.json(["run", "reads-all", "-p", "role=web", "--wait"]);
    assert.deepEqual(job.outputs, [
      { user: "ada", subject: "CN=www.example.com", url: "https://crm", region: "eu-west", lengths: [13, key.length, 11, 123457] },
      ["***", "***", "***", "***", "***"],
    ]);
    const journal = (await ok(["job", "journal", job.id, "--json"])).stdout;
    assert.match(journal, /credentials\.get/);
    const reads = await home.json(["activity", "list"]);
    assert.deepEqual(
      reads
        .filter((entry: { operation: string }) => entry.operation.endsWith(".read"))
        .map((entry: { target: string }) => entry.target)
        .sort(),
      ["certificate:www", "connection:crm", "credential:db", "secret:api", "variable:pin", "variable:region"],
    );
  });

  it("writes types under which what exists completes and what doesn't is an error", async () => {
    await ok(["types"]);
    const text = await readFile(join(home.path, "runwright-assets.d.ts"), "utf8");
    assert.match(text, /"region": string;/);
    assert.match(text, /"crm": \{ readonly "token": string; readonly "url": string \};/);
    assert.match(text, /"reads-all": \{ readonly "role": string \};/);
    await ok(["runbook", "check", "reads-all.ts"]);
    await file("wrong.ts", RUNBOOK.replaceAll('"api"', '"apy"'));
    const wrong = await home.run(["runbook", "check", "wrong.ts"]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout + wrong.stderr, /"apy".*not assignable to.*"api"/);
    await ok(["types", "--out", "again.d.ts"]);
    assert.equal(await readFile(join(home.path, "again.d.ts"), "utf8"), text);
  });

  it("exports to a file that only its passphrase opens, and imports it all or not at all", async () => {
    const passphrase = await file("passphrase", "one two three four\n");
    await ok(["asset", "export", "assets.sealed", "--passphrase-file", passphrase]);
    const sealed = await readFile(join(home.path, "assets.sealed"), "utf8");
    assert.equal((await stat(join(home.path, "assets.sealed"))).mode & 0o777, 0o600);
    assert.doesNotMatch(sealed, /hunter2|correct-horse|region/);
    const importing = ["asset", "import", "assets.sealed", "--passphrase-file"];
    await fails([...importing, await file("other", "another passphrase")], /passphrase is wrong, or the file was altered/);
    await fails(["asset", "export", "x.sealed", "--passphrase-file", await file("short", "short")], /at least 8 characters/);

    await ok(["asset", "delete", "api"]);
    await ok(["asset", "set", "region", "--variable"], "us-east");
    const dry = await home.json([...importing, passphrase, "--dry"]);
    const changes = dry.items
      .filter((item: { change: string }) => item.change !== "unchanged")
      .map((item: { name: string; change: string }) => [item.name, item.change]);
    assert.deepEqual(changes, [
      ["api", "created"],
      ["region", "changed"],
    ]);
    assert.equal((await ok(["asset", "get", "region"])).stdout, "us-east\n");
    assert.match((await ok([...importing, passphrase])).stdout, /1 created, 1 changed, 4 unchanged/);
    assert.equal((await ok(["asset", "get", "region"])).stdout, "eu-west\n");

    const content = JSON.parse(sealed);
    for (const kdf of [{ n: 2 ** 30 }, { n: 2 ** 17, r: 1_000_000 }, { p: 1e9 }, { n: 12345 }, { name: "none" }, { salt: "" }, { n: 2 }]) {
      await file("hostile", JSON.stringify({ ...content, kdf: { ...content.kdf, ...kdf } }));
      await fails(["asset", "import", "hostile", "--passphrase-file", passphrase], /asks for a way to derive its key that isn't accepted/);
    }
    await file("hostile", JSON.stringify({ ...content, kdf: { ...content.kdf, n: 2 ** 14 } }));
    await fails(["asset", "import", "hostile", "--passphrase-file", passphrase], /passphrase is wrong, or the file was altered/);
    await file("hostile", "nothing of the kind");
    await fails(["asset", "import", "hostile", "--passphrase-file", passphrase], /isn't a file that `runwright asset export` wrote/);
  });

  it("rotates keys, and the master key with the next one, after which the old one opens nothing", async () => {
    const rotated = await home.json(["asset", "rotate-keys"]);
    assert.deepEqual([rotated.masterKeyChanged, rotated.damaged, rotated.assets >= 6, rotated.keys >= 2], [false, 0, true, true]);
    const next = await file("next.key", `${randomBytes(32).toString("base64")}\n`);
    await engine.stop();
    engine = await home.serve([], { env: { RUNWRIGHT_NEXT_MASTER_KEY_FILE: join(home.path, next) } });
    assert.match((await ok(["asset", "rotate-keys"])).stdout, /the master key was changed: make the next one the present one/);
    await engine.stop();

    const old = await home.run(["serve", "--port", "0"]);
    assert.equal(old.code, 1);
    assert.match(old.stderr, /master\.key isn't the one that sealed the assets.*MASTER_KEY_WRONG/);
    const lost = await home.run(["serve", "--port", "0"], { env: { RUNWRIGHT_MASTER_KEY_FILE: join(home.path, "lost.key") } });
    assert.match(lost.stderr, /lost\.key is missing.*nothing was changed.*MASTER_KEY_WRONG/);
    await assert.rejects(stat(join(home.path, "lost.key")), { code: "ENOENT" });

    engine = await home.serve([], { env: { RUNWRIGHT_MASTER_KEY_FILE: join(home.path, next) } });
    const job = await home.json(["run", "reads-all", "-p", "role=web", "--wait"]);
    assert.equal(job.status, "completed", JSON.stringify(job.error));
  });
});
