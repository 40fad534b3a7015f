import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { collectFacts } from "../../engine/agent/facts.ts";
import { openSession } from "../../engine/agent/handshake.ts";
import { prepareIdentity, readIdentity } from "../../engine/agent/identity.ts";
import { joinEngine } from "../../engine/agent/join.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { formatJoinToken, parseJoinToken } from "../../engine/protocol/join-token.ts";
import { joinStatement, newSeed, openIdentity } from "../../engine/protocol/signature.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { AGENT, joined } from "./agent-under-test.ts";
import { selfSigned } from "./certificate.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";

const code = (wanted: string, message?: RegExp) => (error: unknown) => {
  assert.ok(isRunwrightError(error), `not an error of the catalogue: ${error}`);
  assert.equal(error.code, wanted, error.message);
  if (message) assert.match(error.message, message);
  return true;
};

describe("joining an engine", () => {
  let engine: TestEngine;
  let home: TemporaryDirectory;
  let clock: TestClock;
  let made = 0;
  const tryToJoin = (token: string, name = "web1") => joinEngine({ ...AGENT, stateDirectory: join(home.path, `state-${++made}`), token, name });

  beforeEach(async () => {
    clock = testClock(Date.now());
    engine = await startTestEngine({ clock });
    home = await temporaryDirectory();
  });
  afterEach(async () => {
    await engine.stop();
    await home.remove();
  });

  it("makes the machine a member with the token's scope and tags, and keeps its key where only its user can read it", async () => {
    const { machineId, name, stateDirectory } = await tryToJoin(await engine.token({ scope: "/prod", tags: { role: "web" } }));
    assert.equal(name, "web1");
    const machine = await engine.fleet.machines.get("web1");
    assert.equal(machine.id, machineId);
    assert.equal(machine.scope, "/prod");
    assert.deepEqual(machine.tags, { role: "web" });
    assert.equal(machine.state, "offline");
    const identity = await readIdentity(stateDirectory);
    assert.equal(identity?.publicKey, machine.publicKey);
    assert.equal((await stat(stateDirectory)).mode & 0o777, 0o700);
    assert.equal((await stat(join(stateDirectory, "identity.json"))).mode & 0o777, 0o600);
  });

  it("leaves an entry in the activity log, and nothing of the token's secret in the database", async () => {
    const token = await engine.token();
    await tryToJoin(token);
    const [entry] = await engine.store.read.activity.list({ scopes: ["/"], limit: 1 });
    assert.equal(entry?.operation, "machine.join");
    assert.equal(entry?.target, "web1");
    assert.ok(!JSON.stringify(await engine.fleet.joinTokens.list()).includes(parseJoinToken(token).secret));
  });

  it("takes the host name when no name is given, in a form that selectors take", async () => {
    const { name } = await joinEngine({ ...AGENT, stateDirectory: join(home.path, "state"), token: await engine.token() });
    assert.match(name, /^[a-z0-9][a-z0-9._-]*$/);
  });

  it("refuses a token that was used already", async () => {
    const token = await engine.token();
    await tryToJoin(token);
    await assert.rejects(tryToJoin(token, "web2"), code("JOIN_TOKEN_INVALID", /used already/));
  });

  it("lets one machine in when two ask at once with a token for one", async () => {
    const token = await engine.token();
    const results = await Promise.allSettled([tryToJoin(token, "web1"), tryToJoin(token, "web2")]);
    assert.deepEqual(results.map((result) => result.status).sort(), ["fulfilled", "rejected"]);
    assert.equal((await engine.store.read.machines.list({ scopes: ["/"] })).length, 1);
  });

  it("lets as many machines in as the token is for", async () => {
    const token = await engine.token({ maxUses: 2 });
    await tryToJoin(token, "web1");
    await tryToJoin(token, "web2");
    await assert.rejects(tryToJoin(token, "web3"), code("JOIN_TOKEN_INVALID", /used already/));
  });

  it("refuses a token that has expired", async () => {
    const token = await engine.token({ expiresInMs: 60_000 });
    clock.advance({ minutes: 1 });
    await assert.rejects(tryToJoin(token), code("JOIN_TOKEN_INVALID", /expired/));
  });

  it("refuses a token that was revoked", async () => {
    const token = await engine.token();
    const [{ id } = { id: "" }] = await engine.fleet.joinTokens.list();
    await engine.fleet.joinTokens.revoke(id);
    await assert.rejects(tryToJoin(token), code("JOIN_TOKEN_INVALID", /revoked/));
  });

  it("refuses a token with another secret", async () => {
    const token = formatJoinToken({ ...parseJoinToken(await engine.token()), secret: newSeed() });
    await assert.rejects(tryToJoin(token), code("JOIN_TOKEN_INVALID", /doesn't know/));
  });

  for (const text of ["", "rwj_", "rwj_%%%", "rwt_abc", `rwj_${Buffer.from('{"v":2}').toString("base64url")}`]) {
    it(`says what a join token looks like when it gets "${text}"`, async () => {
      await assert.rejects(tryToJoin(text), code("JOIN_TOKEN_INVALID", /rwj_/));
    });
  }

  it("tells an engine nothing that doesn't have the pinned key", async () => {
    const other = await startTestEngine();
    try {
      const token = parseJoinToken(await engine.token());
      await assert.rejects(tryToJoin(formatJoinToken({ ...token, url: other.url })), code("ENGINE_KEY_WRONG", /pinned/));
      assert.deepEqual(await other.store.read.machines.list({ scopes: ["/"] }), []);
    } finally {
      await other.stop();
    }
  });

  it("says that the engine can't be reached when nothing listens", async () => {
    const token = await engine.token();
    await engine.halt();
    await assert.rejects(tryToJoin(token), code("ENGINE_UNREACHABLE", /ECONNREFUSED/));
  });

  it("doesn't send commands over an unencrypted connection to another machine", async () => {
    const token = parseJoinToken(await engine.token());
    await assert.rejects(tryToJoin(formatJoinToken({ ...token, url: "http://engine.example:4680" })), code("ENGINE_UNREACHABLE", /https/));
  });

  it("refuses a name that another machine has, and leaves the token unused", async () => {
    await tryToJoin(await engine.token());
    const token = await engine.token();
    await assert.rejects(tryToJoin(token), code("NAME_TAKEN", /web1/));
    assert.equal((await tryToJoin(token, "web2")).name, "web2");
  });

  it("gives a machine that was set up anew its id, tags and history back with a token that replaces it", async () => {
    const first = await tryToJoin(await engine.token({ tags: { role: "web" } }));
    const again = await tryToJoin(await engine.token({ replaces: "web1" }), "some-other-host-name");
    assert.equal(again.machineId, first.machineId);
    assert.equal(again.name, "web1");
    const machine = await engine.fleet.machines.get("web1");
    assert.deepEqual(machine.tags, { role: "web" });
    assert.equal(machine.publicKey, (await readIdentity(again.stateDirectory))?.publicKey);
  });

  it("gives the name of a revoked machine to the one that joins next", async () => {
    const first = await tryToJoin(await engine.token());
    await engine.fleet.machines.revoke("web1");
    assert.equal((await tryToJoin(await engine.token())).machineId, first.machineId);
    assert.equal((await engine.fleet.machines.get("web1")).state, "offline");
  });

  it("doesn't let a token of one scope replace a machine of another", async () => {
    await tryToJoin(await engine.token({ scope: "/prod" }));
    await assert.rejects(tryToJoin(await engine.token({ scope: "/test", replaces: "web1" })), code("NAME_TAKEN"));
  });

  it("answers again when the answer was lost: same key, same machine, no second use", async () => {
    const token = parseJoinToken(await engine.token());
    const stateDirectory = join(home.path, "lost");
    await mkdir(stateDirectory, { mode: 0o700 });
    const identity = await prepareIdentity(stateDirectory, { url: token.url, engineKey: token.engineKey });
    const right = openIdentity(token.secret);
    const facts = await collectFacts("0.1.0");
    const session = await openSession(
      { url: token.url, engineKey: token.engineKey },
      (nonces, protocol) => {
        const signed = joinStatement(nonces, identity.publicKey, "run_lost");
        const base = { type: "join", protocol, runId: "run_lost", publicKey: identity.publicKey, joinKey: right.publicKey, name: "web1" } as const;
        return { ...base, joinSignature: right.sign(signed), signature: identity.sign(signed), facts };
      },
      new AbortController().signal,
    );
    await session.closed;
    const again = await joinEngine({ ...AGENT, stateDirectory, token: formatJoinToken(token), name: "web1" });
    assert.equal(again.machineId, session.welcome.machineId);
    assert.equal((await engine.fleet.joinTokens.list())[0]?.uses, 1);
  });

  it("leaves a member what it was when it tries to join elsewhere and is refused", async () => {
    const { home: own, stateDirectory, machineId } = await joined(engine, { name: "web9" });
    await assert.rejects(joinEngine({ ...AGENT, stateDirectory, token: formatJoinToken({ ...parseJoinToken(await engine.token()), secret: newSeed() }) }));
    assert.equal((await readIdentity(stateDirectory))?.machineId, machineId);
    await own.remove();
  });

  it("refuses a state directory that others may enter", async () => {
    const stateDirectory = join(home.path, "open");
    await mkdir(stateDirectory, { mode: 0o755 });
    await assert.rejects(joinEngine({ ...AGENT, stateDirectory, token: await engine.token() }), code("AGENT_STATE", /chmod 700/));
  });

  it("says what to do when the identity file is damaged", async () => {
    const { stateDirectory } = await tryToJoin(await engine.token());
    const path = join(stateDirectory, "identity.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.slice(0, 50));
    await assert.rejects(readIdentity(stateDirectory), code("AGENT_STATE", /join again/));
  });

  it("accepts a self-signed certificate whose key the token pins, and no other", async () => {
    const tls = await selfSigned();
    const secure = await startTestEngine({ tls });
    try {
      const token = await secure.token({ tlsPin: tls.pin });
      const wrong = { ...parseJoinToken(token), tlsPin: (await selfSigned()).pin };
      await assert.rejects(tryToJoin(formatJoinToken(wrong)), code("ENGINE_KEY_WRONG", /certificate/));
      const unpinned = { ...parseJoinToken(token), tlsPin: undefined as unknown as string };
      await assert.rejects(tryToJoin(formatJoinToken(unpinned)), code("ENGINE_UNREACHABLE", /self-signed/));
      assert.equal((await tryToJoin(token)).name, "web1");
    } finally {
      await secure.stop();
    }
  });
});
