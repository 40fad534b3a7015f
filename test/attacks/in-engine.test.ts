import assert from "node:assert/strict";
import type { Limits } from "../../engine/core/manifest.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import { probeBoundary } from "../../engine/sandbox/boundary.ts";
import { readablePaths } from "../../engine/sandbox/launch.ts";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { hasWon, readAttacks, runOf, type Verdict } from "./attack.ts";
import { SECRET } from "./judge.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
/** Those that guest code can make, without the ones that need the world of `attacks.test.ts`; the short form takes the first of each class. */
const ATTACKS = readAttacks()
  .filter(({ kind, needs }) => kind !== "forged-messages" && !needs.permissions?.jobs?.includes("together"))
  .filter((one, i, all) => LONG || all.findIndex(({ kind }) => kind === one.kind) === i);

/** Limits as a runbook declares them. */
const declared = ({ cpuMs, ...limits }: Partial<Limits> = {}) => ({ ...limits, ...(cpuMs === undefined ? {} : { cpu: cpuMs }) });

const verdictOf = ({ status, failureCode, outputs }: Job): Verdict => {
  if (status === "failed") return `failed ${failureCode}`;
  return hasWon(outputs ?? []) ? "escaped" : "contained";
};

describe("attacks on an engine", function () {
  this.timeout(120_000);
  let folder: TemporaryDirectory;
  let engine: EngineProcess;

  before(async () => {
    folder = await temporaryDirectory();
    engine = await startEngineProcess(folder.path);
    await engine.ready();
    await engine.request("PUT", "/api/v1/assets/here", { kind: "variable", value: { a: [1] } });
    for (const [name, value] of Object.entries({ granted: SECRET, forbidden: "correct horse battery" }))
      await engine.request("PUT", `/api/v1/assets/${name}`, { kind: "secret", value });
    await engine.publish("child", "async () => {}", "parameters: { type: 'object', properties: { data: {}, deep: {} } },");
    await engine.publish("honest", `async ({ output, variables }) => output((await variables.get("here")).a)`, `permissions: { variables: ["here"] },`);
  });
  after(async () => {
    await engine.stop();
    await folder.remove();
  });

  it("find walls that /readyz names, with what is missing among its warnings", async () => {
    const { holds, warnings } = probeBoundary(readablePaths());
    const { body } = await engine.request<{ checks: { name: string; detail: string }[]; warnings: string[] }>("GET", "/readyz");
    assert.equal(body.checks.find(({ name }) => name === "boundary")?.detail, holds.join("; ") || "none");
    for (const warning of warnings) assert.ok(body.warnings.includes(warning), warning);
  });

  for (const attack of ATTACKS) {
    it(`${attack.id}: ${attack.verdict}; it answers, and the next job runs`, async () => {
      const name = attack.id.replaceAll("/", "-");
      const { permissions = {}, limits } = attack.needs;
      await engine.publish(name, runOf(attack), `permissions: ${JSON.stringify(permissions)}, limits: ${JSON.stringify(declared(limits))},`);
      const job = await engine.end((await engine.run(name)).id);
      assert.equal(verdictOf(job), attack.verdict, JSON.stringify(job));
      assert.equal((await engine.request("GET", "/healthz")).status, 200);
      const next = await engine.end((await engine.run("honest")).id);
      assert.deepEqual([next.status, next.outputs], ["completed", [[1]]]);
    });
  }
});
