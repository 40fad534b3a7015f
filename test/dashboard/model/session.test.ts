import assert from "node:assert/strict";
import { type Engine, SESSION } from "../../../engine/dashboard/model/engine.ts";
import { Problem } from "../../../engine/dashboard/model/problem.ts";
import { createSession } from "../../../engine/dashboard/model/session.ts";

const problem = (status: number) => new Problem({ code: `CODE_${status}`, status, detail: `it is ${status}` });
const ADA = { id: "prn_ada", kind: "user", name: "ada", tokenId: "tok_1", grants: [{ role: "admin", scope: "/" }] };

/** A session with an engine that answers with what stands in `answers` under method and path. */
function rig() {
  const answers: Record<string, unknown> = { "GET /api/v1/whoami": ADA, "GET /api/v1/about": { version: "1" } };
  const asked: string[] = [];
  const answer = async (what: string): Promise<any> => {
    asked.push(what);
    if (answers[what] instanceof Error) throw answers[what];
    return answers[what];
  };
  const engine: Engine = { get: (path) => answer(`GET ${path}`), send: (method, path) => answer(`${method} ${path}`) };
  return { session: createSession({ engine }), answers, asked };
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
});
