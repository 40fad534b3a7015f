import assert from "node:assert/strict";
import { type ErrorCode, RunwrightError } from "../../../engine/core/errors.ts";
import { createClient } from "../../../extension/model/client/client.ts";
import { RUNBOOKS } from "../../../extension/model/client/lists.ts";
import type { Send } from "../../../extension/model/client/transport.ts";
import { createKnownEngines } from "../../../extension/model/known-engines.ts";
import { createSession, type SessionState } from "../../../extension/model/session.ts";
import { statusText } from "../../../extension/model/status-text.ts";
import { keeper, secretsOf } from "./engine.ts";
import { handTimers } from "./timers.ts";

const ENGINE = { url: "http://engine.example", as: "ada" };
const GREETING = { version: "1.0.0", me: { id: "prn_1", kind: "user" as const, name: "ada", tokenId: null, grants: [] } };

/** A session whose engine does what the test says. */
async function world({ token = "rwt_1" }: { token?: string | null } = {}) {
  const timers = handTimers();
  const engines = createKnownEngines({ shared: keeper(), own: keeper(), secrets: secretsOf() });
  await engines.remember(ENGINE, token ?? "");
  if (token === null) await engines.forgetToken(ENGINE.url);
  const there = { fails: undefined as ErrorCode | undefined, failsLists: undefined as ErrorCode | undefined, text: "{}", greetings: 0 };
  const send: Send = async ({ url }) => {
    const fails = there.fails ?? (url.pathname === "/" ? undefined : there.failsLists);
    if (fails) throw new RunwrightError(fails, "it doesn't");
    return { status: 200, text: there.text };
  };
  const session = createSession({
    engines,
    connect: (address, token, onAnswer) => createClient({ address, token, send, onAnswer }),
    async greet(client) {
      there.greetings += 1;
      await client.ask("GET", "/", {});
      return GREETING;
    },
    timers,
    chance: () => 0.5,
  });
  const states: SessionState["kind"][] = [];
  session.on(({ kind }) => states.push(kind));
  return { timers, engines, session, there, states };
}

describe("a session with an engine", () => {
  it("asks nothing of the engine until somebody wants something, and then once for all who want it", async () => {
    const { session, there } = await world();
    assert.deepEqual([session.state().kind, there.greetings], ["idle", 0]);
    const [one, other] = await Promise.all([session.client(), session.client()]);
    assert.ok(one && one === other);
    assert.deepEqual([session.state().kind, there.greetings], ["connected", 1]);
  });

  it("says that nobody has signed in, or that the token is gone", async () => {
    const none = createSession({
      engines: { chosen: () => undefined, token: async () => undefined },
      connect: () => assert.fail(),
      greet: () => assert.fail(),
      timers: handTimers(),
      chance: () => 0,
    });
    assert.equal(await none.client(), undefined);
    assert.equal(none.state().kind, "none");
    const { session } = await world({ token: null });
    assert.equal(await session.client(), undefined);
    assert.equal(session.state().kind, "signedOut");
  });

  it("is lost when a request finds nobody, tries again ever more seldom, and is back by itself", async () => {
    const { session, there, timers, states } = await world();
    const client = await session.client();
    there.fails = "ENGINE_UNREACHABLE";
    await assert.rejects(client?.ask("GET", "/", {}) ?? Promise.resolve());
    assert.equal(session.state().kind, "lost");
    // Views that ask meanwhile don't make more tries.
    assert.equal(await session.client(), undefined);
    assert.equal(there.greetings, 1);
    await timers.advance(1_000);
    assert.equal(there.greetings, 2);
    await timers.advance(1_999);
    assert.equal(there.greetings, 2);
    await timers.advance(1);
    assert.equal(there.greetings, 3);
    there.fails = undefined;
    await timers.advance(4_000);
    assert.equal(session.state().kind, "connected");
    assert.deepEqual(states, ["connecting", "connected", "lost", "lost", "lost", "connected"]);
  });

  for (const [what, sickness] of [
    ["whose answers are odd", { text: '{"items":[{"name":7}],"next":null}' }],
    ["that is slow once", { failsLists: "ENGINE_SLOW" }],
  ] as const) {
    it(`stays with an engine ${what}: that is about one request`, async () => {
      const { session, there, timers } = await world();
      const client = await session.client();
      Object.assign(there, sickness);
      await assert.rejects(client?.page(RUNBOOKS) ?? Promise.resolve());
      await timers.advance(59_000);
      assert.deepEqual([session.state().kind, there.greetings], ["connected", 1]);
    });
  }

  it("asks an engine that greets and then hangs up ever more seldom, until it has been quiet for a while", async () => {
    const { session, there, timers } = await world();
    there.failsLists = "ENGINE_UNREACHABLE";
    // A view asks whenever it is connected.
    session.on(({ kind }) => {
      if (kind === "connected") void session.client().then((client) => client?.page(RUNBOOKS).catch(() => {}));
    });
    await session.client();
    for (let i = 0; i < 120; i++) await timers.advance(500);
    assert.ok(there.greetings <= 7, `${there.greetings} greetings in a minute`);
    there.failsLists = undefined;
    await timers.advance(30_000);
    assert.equal(session.state().kind, "connected");
    await timers.advance(60_000);
    const before = there.greetings;
    there.fails = "ENGINE_UNREACHABLE";
    await assert.rejects((await session.client())?.page(RUNBOOKS) ?? Promise.resolve());
    await timers.advance(1_000);
    assert.equal(there.greetings, before + 1);
  });

  it("notices by itself that the engine has gone", async () => {
    const { session, there, timers } = await world();
    await session.client();
    there.fails = "ENGINE_UNREACHABLE";
    await timers.advance(60_000);
    assert.equal(session.state().kind, "lost");
  });

  it("is refused when the token is revoked in mid-use, and doesn't try again until somebody signs in", async () => {
    const { session, there, timers, engines } = await world();
    const client = await session.client();
    there.fails = "TOKEN_REVOKED";
    await assert.rejects(client?.ask("GET", "/", {}) ?? Promise.resolve());
    const state = session.state();
    assert.ok(state.kind === "refused" && state.isToken);
    assert.deepEqual([statusText(state).tone, statusText(state).command], ["error", "runwright.signIn"]);
    await timers.advance(600_000);
    assert.equal(there.greetings, 1);
    there.fails = undefined;
    await engines.remember(ENGINE, "rwt_2");
    await session.restart();
    assert.equal(session.state().kind, "connected");
  });

  it("works on with the engine that was chosen last, and hears nothing of the one before", async () => {
    const { session, engines, there } = await world();
    const before = await session.client();
    await engines.remember({ url: "http://other.example", as: "bea" }, "rwt_o");
    await engines.choose("http://other.example");
    await session.restart();
    there.fails = "ENGINE_UNREACHABLE";
    await assert.rejects(before?.ask("GET", "/", {}) ?? Promise.resolve());
    const state = session.state();
    assert.ok(state.kind === "connected" && state.engine.url === "http://other.example");
  });

  it("begins anew when another window signs out, or in with another token; what it does itself isn't done twice", async () => {
    const { session, engines, there } = await world();
    const off = engines.onToken((url) => void session.tokenChanged(url));
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    const isState = async (kind: SessionState["kind"], greetings: number) => {
      await settled();
      assert.deepEqual([session.state().kind, there.greetings], [kind, greetings]);
    };
    await engines.remember(ENGINE, "rwt_0");
    await isState("idle", 0);
    await session.client();
    await engines.forgetToken(ENGINE.url);
    await isState("signedOut", 1);
    await engines.remember(ENGINE, "rwt_2");
    await isState("connected", 2);
    assert.equal((await session.client())?.token, "rwt_2");
    await engines.remember({ url: "http://other.example", as: "bea" }, "rwt_o");
    await engines.remember(ENGINE, "rwt_2");
    await isState("connected", 2);
    off();
  });

  it("leaves no timer behind when it ends", async () => {
    const { session, timers } = await world();
    await session.client();
    session.stop();
    assert.equal(timers.waiting(), 0);
  });
});

describe("engines that are known here", () => {
  it("keep their tokens in the secret storage alone, and forget them when somebody signs out", async () => {
    const shared: Record<string, unknown> = {};
    const secrets = secretsOf();
    const engines = createKnownEngines({ shared: keeper(shared), own: keeper(), secrets });
    await engines.remember(ENGINE, "rwt_secret");
    assert.doesNotMatch(JSON.stringify(shared), /rwt_secret/);
    assert.equal(await engines.token(ENGINE.url), "rwt_secret");
    await engines.forget(ENGINE.url);
    assert.deepEqual([engines.all(), secrets.content], [[], {}]);
  });

  it("aren't exchanged for another one when the chosen one is gone", async () => {
    const engines = createKnownEngines({ shared: keeper(), own: keeper(), secrets: secretsOf() });
    await engines.remember({ url: "http://other.example", as: "bea" }, "rwt_o");
    await engines.remember(ENGINE, "rwt_1");
    assert.equal(engines.chosen()?.url, "http://other.example", "before anybody has chosen");
    await engines.choose(ENGINE.url);
    await engines.forgetToken(ENGINE.url);
    assert.equal(engines.chosen()?.url, ENGINE.url);
    await engines.forget(ENGINE.url);
    assert.deepEqual([engines.chosen(), engines.all().length], [undefined, 1]);
  });

  it("aren't lost by the window that works with one, though another window has written the list in the same moment", async () => {
    const shared: Record<string, unknown> = {};
    const [one, other] = [1, 2].map(() => createKnownEngines({ shared: keeper(shared), own: keeper(), secrets: secretsOf() }));
    assert.ok(one && other);
    await one.remember(ENGINE, "rwt_1");
    await one.choose(ENGINE.url);
    shared["runwright.engines"] = [{ url: "http://other.example", as: "bea" }];
    assert.equal(one.chosen()?.as, "ada");
    await one.remember({ url: "http://third.example", as: "cid" }, "rwt_3");
    assert.deepEqual(
      other.all().map(({ url }) => url),
      ["http://other.example", ENGINE.url, "http://third.example"],
    );
  });

  it("are read with care: what another version has stored isn't taken for one", () => {
    const engines = createKnownEngines({
      shared: keeper({ "runwright.engines": [null, { url: 7 }, { url: "http://a", as: "ada" }] }),
      own: keeper(),
      secrets: secretsOf(),
    });
    assert.deepEqual(engines.all(), [{ url: "http://a", as: "ada" }]);
  });
});
