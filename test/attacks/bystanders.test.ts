import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRig, type Rig, type RunOptions, testPorts } from "../sandbox/rig.ts";
import { eventually } from "../support/eventually.ts";
import type { Cut } from "./guards.ts";
import { type Weakened, weakened } from "./weakened.ts";

/** Runs beside the attack, in another runner that nobody has broken into: it reads a variable when it is let go, and ends. */
const BYSTANDER = `async ({ emit, call }) => {
  await emit("log", { level: "info", message: "begun" });
  await call("variables.get", { name: "gate" });
  await emit("output", "bystander");
}`;

/** Attempts have numbers within their runner: here as if all runners had the same. */
const SHARED_ATTEMPTS: Cut[] = [
  { file: "sandbox/runner-slot.ts", find: "const participants = new Map<number, Participant>();", put: "const participants = ALL;" },
  { file: "sandbox/runner-slot.ts", find: "const number = ++numbers;", put: "const number = ALL.size + 1;" },
  {
    file: "sandbox/runner-slot.ts",
    find: "export function createRunnerSlot(",
    put: "const ALL = new Map<number, Participant>();\nexport function createRunnerSlot(",
  },
];

/** What it says while the bystander's attempt is open, about attempts of any number. */
const IMPOSTOR = `async ({ attempt, send }) => {
  for (const other of [1, 2, 3]) if (other !== attempt) await send({ type: "emit", attempt: other, entry: 2, kind: "output", body: '"forged"', at: 0 });
  await new Promise(() => {});
}`;

describe("jobs in other runners, beside a runner that guest code owns", function () {
  this.timeout(60_000);
  let copy: Weakened | undefined;
  let rig: Rig | undefined;
  let open: () => void;

  async function arena(cuts: readonly Cut[]): Promise<Rig> {
    copy = await weakened(cuts, "owned");
    const ports = testPorts();
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    ports.assets.read = async () => {
      await gate;
      return { value: 1, version: 1, secrets: null };
    };
    rig = createRig({ runners: 2, ports, create: copy.createSandbox });
    const { sandbox } = rig;
    await eventually("both runners ready", () => sandbox.describe().runners.every(({ isReady }) => isReady), 30_000);
    return rig;
  }
  afterEach(async () => {
    await rig?.stop();
    copy?.remove();
  });

  const begin = (where: Rig, code: string, options: RunOptions = {}) => {
    const bundle = `(${code})`;
    return where.start("", { ...options, attempt: { bundle, bundleHash: createHash("sha256").update(bundle).digest("hex"), sourceMap: null } });
  };
  async function besides(where: Rig, attack: string) {
    const bystander = begin(where, BYSTANDER, { permissions: { variables: ["gate"] } });
    await eventually("the bystander begun", () => bystander.kept.entries.length === 1);
    const ending = await Promise.race([begin(where, attack).run.ended, eventually("a forged entry", () => bystander.kept.entries.length > 1, 30_000)]);
    open();
    return { ending, bystander: await bystander.run.ended, entries: bystander.kept.entries };
  }
  const written = (entries: Awaited<ReturnType<typeof besides>>["entries"]) => entries.flatMap((entry) => (entry.kind === "output" ? [entry.value] : []));

  it("aren't spoken for: who does loses its runner, and they go on", async () => {
    const { ending, bystander, entries } = await besides(await arena([]), IMPOSTOR);
    assert.ok(typeof ending === "object" && ending.kind === "lost", JSON.stringify(ending));
    assert.match(ending.reason, /which it doesn't have/);
    assert.equal(bystander.kind, "completed");
    assert.deepEqual(written(entries), ["bystander"]);
  });

  it("would be spoken for if attempts of all runners had common numbers", async () => {
    const { entries } = await besides(await arena(SHARED_ATTEMPTS), IMPOSTOR);
    assert.ok(written(entries).includes("forged"), JSON.stringify(entries));
  });

  it("go on while it floods the engine with messages that mean nothing", async () => {
    const where = await arena([]);
    const flood = begin(
      where,
      `async ({ attempt, send }) => { for (;;) await send(...Array.from({ length: 5_000 }, () => ({ type: "idle", attempt, outcomes: 9 }))); }`,
      { limits: { timeoutMs: 30_000 } },
    );
    const { bystander, entries } = await besides(where, "async ({ attempt, send }) => send({ type: 'settle', attempt, call: 1, ok: true, value: '1', at: 0 })");
    assert.equal(bystander.kind, "completed");
    assert.deepEqual(written(entries), ["bystander"]);
    flood.run.stop();
    await flood.run.ended;
  });

  it("have nothing of it left after its attempt was given up, whatever it still says", async () => {
    const where = await arena([]);
    const ghost = begin(
      where,
      `async ({ emit, ignoreStop, next }) => { ignoreStop(); await emit("output", 1); await next(({ type }) => type === "stop"); await emit("output", 2); }`,
    );
    await eventually("its first entry", () => ghost.kept.entries.length === 1);
    ghost.run.abandon("its lease was lost");
    assert.equal((await ghost.run.ended).kind, "lost");
    const { bystander } = await besides(where, IMPOSTOR);
    assert.equal(bystander.kind, "completed");
    assert.equal(ghost.kept.entries.length, 1);
  });
});
