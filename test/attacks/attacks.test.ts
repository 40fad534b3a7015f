import assert from "node:assert/strict";
import { createServer } from "node:http";
import type * as FollowModule from "../../engine/cli/follow.ts";
import type { StreamEntry } from "../../engine/core/job.ts";
import { createRig, type Rig, testPorts } from "../sandbox/rig.ts";
import { skip } from "../support/skip.ts";
import { type Attack, CLASSES, readAttacks } from "./attack.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { type Cut, type Elsewhere, GUARDS, type GuardName } from "./guards.ts";
import { judge, SECRET } from "./judge.ts";
import { printed } from "./printed.ts";
import { type Weakened, weakened } from "./weakened.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const FORGED = "forged-messages";
const ATTACKS = readAttacks();

/** What runbooks can reach in the attacks' world, if they are granted it. */
function world() {
  const ports = testPorts();
  ports.assets.variables.set("here", { a: [1] });
  ports.assets.secrets.set("granted", [SECRET]);
  ports.assets.secrets.set("forbidden", ["correct horse battery"]);
  for (const name of ["web", "database"])
    ports.fleet.machines.push({ id: `mch_${name}`, name, scope: "/", state: "online", tags: { role: name }, facts: null });
  const { start } = ports.jobs;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let together = 0;
  ports.jobs.start = async (child, by) => {
    // Stays open until twelve of it are.
    if (child.runbook === "together" && ++together === 12) resolve();
    if (child.runbook === "together") await all;
    return start(child, by);
  };
  return ports;
}

/** Something in the network that answers whoever reaches it. */
const server = createServer((_request, response) => void response.end("reached"));
const listening = new Promise<number>((resolve) => {
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address !== null ? address.port : 0);
  });
});

/** A sandbox for one attack after the other; after one that did harm there is a new one. */
class Arena {
  #rig: Rig | undefined;
  #copy: Weakened | undefined;
  readonly #cuts: readonly Cut[];
  readonly #runner: "honest" | "owned";

  constructor(cuts: readonly Cut[], runner: "honest" | "owned") {
    this.#cuts = cuts;
    this.#runner = runner;
  }

  async judge(attack: Attack) {
    const isReal = this.#cuts.length === 0 && this.#runner === "honest";
    if (!isReal) this.#copy ??= await weakened(this.#cuts, this.#runner);
    this.#rig ??= createRig({
      runners: 1,
      ports: world(),
      http: { allowedPrivateHosts: ["127.0.0.1"] },
      ...(this.#copy ? { create: this.#copy.createSandbox } : {}),
    });
    const follow = await this.#copy?.load<typeof FollowModule>("cli/follow.ts");
    const judged = await judge(this.#rig, attack, {
      print: (entry: StreamEntry) => printed(entry, follow?.entryPrinter),
      runner: this.#runner,
      params: { a: 1, port: await listening },
    });
    if (judged.verdict.startsWith("harms")) await this.#clear();
    return judged;
  }

  /** Another job, in the same runner if it still lives. */
  async next(): Promise<void> {
    if (this.#rig === undefined) throw new Error("no attack has been judged");
    if (this.#runner === "owned") return;
    await this.#rig.sandbox.ready();
    const { ending, outputs } = await this.#rig.finish(`output((await variables.get("here")).a)`, { permissions: { variables: ["here"] } });
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.deepEqual(outputs, [[1]]);
  }

  async #clear(): Promise<void> {
    await this.#rig?.stop();
    this.#rig = undefined;
  }

  async stop(): Promise<void> {
    await this.#clear();
    this.#copy?.remove();
  }
}

const runnerOf = ({ kind }: Attack) => (kind === FORGED ? "owned" : "honest");

describe("attacks", function () {
  this.timeout(60_000);
  after(() => void server.close());

  it("are at least sixty, with one or more of each class", () => {
    assert.ok(ATTACKS.length >= 60, String(ATTACKS.length));
    assert.deepEqual([...new Set(ATTACKS.filter(({ isLong }) => !isLong).map(({ kind }) => kind))].sort(), [...CLASSES].sort());
  });

  for (const runner of ["honest", "owned"] as const) {
    describe(runner === "owned" ? "by a runner that guest code owns" : "by guest code", () => {
      const arena = new Arena([], runner);
      after(() => arena.stop());

      for (const attack of ATTACKS.filter((one) => runnerOf(one) === runner)) {
        it(`${attack.id}: ${attack.verdict}; the next job runs`, async () => {
          const { verdict, why } = await arena.judge(attack);
          assert.equal(verdict, attack.verdict, why);
          await arena.next();
        });
      }
    });
  }

  describe("without the guard against them", () => {
    for (const [guard, cuts] of Object.entries(GUARDS) as [GuardName, readonly Cut[] | Elsewhere][]) {
      const attacks = ATTACKS.filter((one) => one.guard === guard);
      describe(`that is ${guard}`, () => {
        const own = typeof cuts === "string" ? [] : cuts;
        const arenas = { honest: new Arena(own, "honest"), owned: new Arena(own, "owned") };
        after(async () => {
          await arenas.honest.stop();
          await arenas.owned.stop();
        });

        it("are known", () => assert.ok(attacks.length > 0, "no attack needs this guard"));
        for (const attack of attacks) {
          it(`${attack.id}: ${attack.without}`, async function () {
            if (attack.isLong && !LONG) skip(this, "takes its time: npm run test:all");
            const { verdict, why } =
              typeof cuts === "string" ? { verdict: await ELSEWHERE[cuts](attack), why: cuts } : await arenas[runnerOf(attack)].judge(attack);
            assert.equal(verdict, attack.without, why);
          });
        }
      });
    }
  });
});
