import assert from "node:assert/strict";
import { type Engine, SESSION } from "../../../engine/dashboard/model/engine.ts";
import { Problem } from "../../../engine/dashboard/model/problem.ts";
import { createSession } from "../../../engine/dashboard/model/session.ts";

const problem = (status: number) => new Problem({ code: `CODE_${status}`, status, detail: `it is ${status}` });
const ADA = { id: "prn_ada", kind: "user", name: "ada", tokenId: "tok_1", grants: [{ role: "admin", scope: "/" }] };

/** A session with an engine that answers with what stands in `answers` under method and path. */
function rig({ code }: { code?: string } = {}) {
  const answers: Record<string, unknown> = { "GET /api/v1/whoami": ADA, "GET /api/v1/about": { version: "1" } };
  const asked: string[] = [];
  const answer = async (what: string): Promise<any> => {
    asked.push(what);
    if (answers[what] instanceof Error) throw answers[what];
    return answers[what];
  };
  const engine: Engine = { get: (path) => answer(`GET ${path}`), send: (method, path) => answer(`${method} ${path}`) };
  const told = { another: 0, changed: 0 };
  const now = { ms: 0, mayTakeAway: true };
  const session = createSession({
    ...{ engine, code, onAnother: () => told.another++, onChanged: () => told.changed++ },
    ...{ mayTakeAway: () => now.mayTakeAway, monotonic: () => now.ms },
  });
  return { session, answers, asked, told, now };
}

describe("the page's session", () => {
  it("is over when the engine says so, and not before: who couldn't be signed out is still in, and is told", async () => {
    const { session, answers } = rig();
    await session.ask();
    for (const status of [429, 503, 0]) {
      answers[`DELETE ${SESSION}`] = problem(status);
      await session.signOut();
      assert.deepEqual([session.state.value.state, session.signOutProblem.value?.status], ["in", status]);
    }
    delete answers[`DELETE ${SESSION}`];
    await session.signOut();
    assert.deepEqual([session.state.value, session.signOutProblem.value], [{ state: "out" }, undefined]);
  });

  it("uses a link by itself where nobody is signed in, and tells the other tabs", async () => {
    const { session, answers, asked, told } = rig({ code: "the-code" });
    answers[`GET ${SESSION}`] = { name: null };
    await session.ask();
    assert.deepEqual(asked.slice(0, 2), [`GET ${SESSION}`, `POST ${SESSION}`]);
    assert.deepEqual([session.state.value.state, session.link.value, told], ["in", undefined, { another: 0, changed: 1 }]);
  });

  it("asks before a link takes the place of somebody, and then shows nothing of theirs", async () => {
    const { session, answers, asked, told } = rig({ code: "the-code" });
    answers[`GET ${SESSION}`] = { name: "ada" };
    await session.ask();
    assert.deepEqual([session.state.value.state, session.link.value, asked.includes(`POST ${SESSION}`)], ["in", "the-code", false]);
    await session.signIn({ code: "the-code" });
    assert.deepEqual(told, { another: 1, changed: 1 });
  });

  it("keeps a link while the engine is away, and drops one that is refused", async () => {
    const { session, answers } = rig({ code: "the-code" });
    answers[`GET ${SESSION}`] = problem(0);
    await session.ask();
    assert.deepEqual([session.state.value.state, session.link.value], ["unreachable", "the-code"]);
    Object.assign(answers, { [`GET ${SESSION}`]: { name: null }, [`POST ${SESSION}`]: problem(400), "GET /api/v1/whoami": problem(401) });
    await session.ask();
    assert.deepEqual([session.state.value.state, session.link.value, session.linkProblem.value?.status], ["out", undefined, 400]);
  });

  it("begins anew when the browser is signed in by another session, and keeps what it shows when it is the same or can't be known", async () => {
    const { session, answers, told } = rig();
    await session.ask();
    const shown = session.state.value;
    for (const other of [ADA, problem(0), problem(503)]) {
      answers["GET /api/v1/whoami"] = other;
      await session.ask();
      assert.deepEqual([session.state.value, told.another], [shown, 0]);
    }
    for (const [other, times] of [
      [{ ...ADA, tokenId: "tok_2" }, 1],
      [{ ...ADA, id: "prn_bob" }, 2],
    ] as const) {
      answers["GET /api/v1/whoami"] = other;
      await session.ask();
      assert.deepEqual([session.state.value, told.another], [shown, times]);
    }
  });

  const READER = { ...ADA, grants: [{ role: "reader", scope: "/" }] };
  const roleOf = ({ session }: ReturnType<typeof rig>) => (session.state.value.state === "in" ? session.state.value.who.grants[0]?.role : undefined);
  const whoamis = ({ asked }: ReturnType<typeof rig>) => asked.filter((one) => one === "GET /api/v1/whoami").length;

  it("asks each minute whether rights have changed, and changes nothing when they haven't", async () => {
    const one = rig();
    await one.session.keepUp();
    assert.equal(whoamis(one), 0, "nobody is signed in yet");
    await one.session.ask();
    const shown = one.session.state.value;
    one.now.ms = 59_999;
    await one.session.keepUp();
    assert.equal(whoamis(one), 1);
    one.now.ms = 60_000;
    await one.session.keepUp();
    assert.equal(whoamis(one), 2);
    assert.equal(one.session.state.value, shown);
    one.answers["GET /api/v1/whoami"] = READER;
    one.now.ms = 120_000;
    await one.session.keepUp();
    assert.equal(roleOf(one), "reader");
  });

  it("asks when something was refused, once in five seconds", async () => {
    const one = rig();
    await one.session.ask();
    one.answers["GET /api/v1/whoami"] = READER;
    await Promise.all([one.session.refused(), one.session.refused()]);
    assert.deepEqual([roleOf(one), whoamis(one)], ["reader", 2]);
    one.now.ms = 4_999;
    await one.session.refused();
    one.now.ms = 5_000;
    await one.session.refused();
    assert.equal(whoamis(one), 3);
  });

  it("takes nothing away from whoever is typing, and does when they are done", async () => {
    const one = rig();
    await one.session.ask();
    one.answers["GET /api/v1/whoami"] = READER;
    one.now.mayTakeAway = false;
    await one.session.refused();
    assert.equal(roleOf(one), "admin");
    one.now.mayTakeAway = true;
    await one.session.keepUp();
    assert.equal(roleOf(one), "reader");
  });
});
