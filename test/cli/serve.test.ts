import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { createClient } from "../../engine/cli/client.ts";
import { openTls } from "../../engine/http/tls.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type CommandHome, commandHome } from "./command.ts";

describe("runwright serve", function () {
  this.timeout(60_000);
  let home: CommandHome;
  beforeEach(async () => {
    home = await commandHome();
  });
  afterEach(() => home.remove());
  const inData = (name: string) => join(home.path, ".runwright", name);

  it("writes admin.json for its owner, keeps its token over restarts, and makes another when it is lost or revoked", async () => {
    const first = await home.serve();
    assert.equal((await stat(inData("admin.json"))).mode & 0o777, 0o600);
    assert.equal((await stat(inData("master.key"))).mode & 0o777, 0o600);
    const [token] = await home.json(["token", "list"]);
    assert.equal((await first.stop()).code, 0);

    const second = await home.serve();
    assert.equal(second.token, first.token);
    assert.equal((await home.run(["token", "revoke", token.id])).code, 0);
    await second.stop();

    const third = await home.serve();
    assert.notEqual(third.token, first.token);
    assert.equal((await home.run(["job", "list"])).code, 0);
    await third.stop();

    await rm(inData("admin.json"));
    const fourth = await home.serve();
    assert.notEqual(fourth.token, third.token);
    await fourth.stop("SIGINT");
  });

  it("is found by its user's commands from every folder, and by nobody else's", async () => {
    const engine = await home.serve();
    const [elsewhere, stranger] = [await temporaryDirectory(), await commandHome()];
    try {
      const found = await home.run(["job", "list"], { cwd: elsewhere.path });
      assert.equal(found.code, 0, found.stderr);
      const pointer = await readFile(join(home.path, ".config", "runwright", "local-engine.json"), "utf8");
      assert.ok(!pointer.includes(engine.token), "the token stays in the data directory");
      assert.match((await stranger.run(["job", "list"], { cwd: elsewhere.path })).stderr, /UNAUTHENTICATED/);
    } finally {
      await elsewhere.remove();
      await stranger.remove();
    }
    await engine.stop();
  });

  it("doesn't start with another master key or without it, and changes nothing", async () => {
    await (await home.serve()).stop();
    const right = await readFile(inData("master.key"));
    for (const [prepare, words] of [
      [() => writeFile(inData("master.key"), Buffer.alloc(32, 1).toString("base64")), /MASTER_KEY_WRONG/],
      [() => rm(inData("master.key")), /missing.*MASTER_KEY_WRONG/],
    ] as const) {
      await prepare();
      const refused = await home.run(["serve", "--port", "0"]);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, words);
    }
    await assert.rejects(stat(inData("master.key")), { code: "ENOENT" });
    await writeFile(inData("master.key"), right);
    await (await home.serve()).stop();
  });

  it("says that its port is taken, or that another engine uses the data", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as import("node:net").AddressInfo;
    const taken = await home.run(["serve", "--port", String(port)]);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual([taken.code, /--port.*PORT_TAKEN/.test(taken.stderr)], [1, true]);
    const engine = await home.serve();
    const second = await home.run(["serve", "--port", "0"]);
    assert.deepEqual([second.code, /DATABASE_LOCKED/.test(second.stderr)], [1, true]);
    await engine.stop();
  });

  it("lists every problem of its configuration", async () => {
    const refused = await home.run(["serve", "--port", "99999", "--tls", "maybe"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /port: .*\n.*tls: /);
  });

  it("names an address that others can reach when it listens on every one, and the key that they compare", async () => {
    const engine = await home.serve(["--host", "0.0.0.0"]);
    const { port } = new URL(engine.url);
    assert.equal(engine.url, `https://127.0.0.1:${port}`, "what the command on this machine uses");
    const { url } = await home.json(["agent", "token", "create"]);
    assert.equal(url, `https://${hostname().toLowerCase()}:${port}`);
    assert.equal((await home.json(["agent", "token", "create", "--url", "https://runwright.example.com"])).url, "https://runwright.example.com");
    assert.match((await engine.stop()).stderr, new RegExp(`the key ${engine.tlsPin}`));
  });

  it("lets the command on this machine in past an own certificate and a public address that mean nothing to it", async () => {
    await mkdir(inData(""));
    const { key, certificate } = await openTls({ kind: "selfSigned", directory: home.path, names: ["runwright.example.com"] }, { now: Date.now });
    await writeFile(join(home.path, "own.key"), key);
    await writeFile(join(home.path, "own.crt"), certificate);
    await writeFile(
      inData("config.yaml"),
      JSON.stringify({ tls: "own", tlsKey: join(home.path, "own.key"), tlsCertificate: join(home.path, "own.crt"), url: "https://runwright.example.com" }),
    );
    const engine = await home.serve();
    assert.equal((await home.run(["job", "list"])).code, 0);
    assert.equal((await home.json(["agent", "token", "create"])).url, "https://runwright.example.com", "others get the public address");
    await engine.stop();
  });

  it("keeps what it stores from other users, also in a directory that they may enter", async () => {
    await mkdir(inData(""), { mode: 0o755 });
    const engine = await home.serve();
    for (const name of await readdir(inData(""))) {
      const { mode } = await stat(inData(name));
      assert.equal(mode & 0o077, 0, `${name} has mode ${(mode & 0o777).toString(8)}`);
    }
    await engine.stop();
  });

  it("serves HTTPS with a certificate of its own, which a profile pins", async () => {
    const engine = await home.serve(["--tls", "self-signed"]);
    assert.match(engine.url, /^https:/);
    assert.equal((await home.run(["job", "list"])).code, 0, "the command on this machine knows the pin from admin.json");
    const client = createClient({ url: engine.url, token: engine.token, tlsPin: String(engine.tlsPin) });
    await client.request("GET", "/api/v1/jobs");
    await Promise.all(Array.from({ length: 3 }, () => client.request("GET", "/api/v1/jobs"))); // over further connections, which could resume the session of the first
    await client.stop();
    assert.equal(
      (await home.run(["job", "list"], { env: { RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: engine.token } })).code,
      1,
      "without a pin nobody vouches for it",
    );
    const guest = await commandHome();
    try {
      const wrong = await guest.run(["login", engine.url, "--token", engine.token, "--pin", "x".repeat(43)]);
      assert.deepEqual([wrong.code, /not the one that you expect/.test(wrong.stderr)], [1, true]);
      const right = await guest.run(["login", engine.url, "--token", engine.token, "--pin", String(engine.tlsPin)]);
      assert.equal(right.code, 0, right.stderr);
      assert.equal((await guest.run(["job", "list"])).code, 0);
      const profile = join(guest.path, ".config", "runwright", "profile.json");
      const { tlsPin: _, ...rest } = JSON.parse(await readFile(profile, "utf8"));
      await writeFile(profile, JSON.stringify({ ...rest, tlsPin: "x".repeat(43) }));
      const changed = await guest.run(["job", "list"]);
      assert.deepEqual([changed.code, /another key than the one that was pinned/.test(changed.stderr)], [1, true]);
    } finally {
      await guest.remove();
    }
    await engine.stop();
  });
});
