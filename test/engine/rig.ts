import { createHash } from "node:crypto";
import { masterKeyOf } from "../../engine/access/master-key.ts";
import { soleRootKey } from "../../engine/access/root-keys.ts";
import { createSealer } from "../../engine/access/sealer.ts";
import { createCatalogue } from "../../engine/authoring/catalogue.ts";
import { systemClock } from "../../engine/clock.ts";
import type { Clock } from "../../engine/core/clock.ts";
import { RunwrightError } from "../../engine/core/errors.ts";
import type { Json } from "../../engine/core/json.ts";
import type { Actor } from "../../engine/core/role.ts";
import { createIds } from "../../engine/ids.ts";
import { createJobs, type Jobs } from "../../engine/jobs/jobs.ts";
import { joinJobs } from "../../engine/joints.ts";
import { createSandbox } from "../../engine/sandbox/sandbox.ts";
import { fakeDeployments } from "../../engine/sdk/testing/fake-deployments.ts";
import { fakeEngine } from "../../engine/sdk/testing/fake-engine.ts";
import { fakeFleet } from "../../engine/sdk/testing/fake-fleet.ts";
import type { FakeMachine } from "../../engine/sdk/testing/fake-machine.ts";
import { timeless } from "../../engine/sdk/testing/job-time.ts";
import { openStore } from "../../engine/store/store.ts";

export const ADA: Actor = { id: "prn_ada", kind: "user", name: "ada", grants: [{ role: "admin", scope: "/" }] };

type Say = (fields: object, message: string) => void;
const quiet: Record<"debug" | "info" | "warn" | "error", Say> = { debug() {}, info() {}, warn() {}, error() {} };
const nobodyHome = () => Promise.reject(new RunwrightError("NOT_FOUND", "this rig has no machines and no assets"));

/** Store, sandbox and jobs, without doors: what the tests of jobs need. Jobs run in real runners. */
export async function rig({
  address,
  clock = systemClock,
  engineId = "eng_rig",
  runners = 2,
  leaseMs,
  log = quiet,
  machines,
}: {
  address: string;
  clock?: Clock;
  engineId?: string;
  runners?: number;
  /** Leases are renewed, and stops asked for elsewhere found, three times in this. */
  leaseMs?: number;
  log?: typeof quiet;
  /** Fake ones; without them there are none. */
  machines?: readonly FakeMachine[];
}) {
  const store = await openStore(address);
  const newId = createIds(clock);
  const sealer = createSealer(soleRootKey(masterKeyOf(Buffer.alloc(32, 7))));
  const variables = new Map<string, Json>();
  const secrets = new Map<string, string | Promise<string>>();
  const reads: string[] = [];
  const sandbox = createSandbox({
    clock,
    log,
    runners,
    http: { allowedPrivateHosts: [] },
    ports: {
      fleet: machines
        ? fakeFleet(
            machines,
            timeless(() => clock.now()),
          )
        : {
            ...{ select: nobodyHome, updates: nobodyHome, packages: nobodyHome, report: nobodyHome, exec: nobodyHome, setTags: nobodyHome },
            ...{ assess: nobodyHome, install: nobodyHome, reboot: nobodyHome },
          },
      assets: {
        async read(kind, name, version) {
          if (kind === "secret") {
            const value = (await secrets.get(name)) ?? "";
            return { value, version: version ?? 1, secrets: [value] };
          }
          const value = variables.get(name);
          if (value === undefined) throw new RunwrightError("ASSET_NOT_FOUND", `there is no variable "${name}"`);
          reads.push(name);
          return { value, version: 1, secrets: null };
        },
        async writeVariable(_id, name, value) {
          variables.set(name, value);
        },
      },
      ...joinJobs({ store, jobs: () => jobs }),
      deployments: fakeDeployments(undefined, timeless(Date.now)).port,
      engine: fakeEngine({}, clock.now),
      keys: { argsHashKey: (jobId) => createHash("sha256").update(jobId).digest() },
    },
  });
  const jobs: Jobs = createJobs({ store, clock, newId, sandbox, sealer, log, engineId, leaseMs });
  const catalogue = createCatalogue({ store, clock, newId });
  await jobs.start();

  return {
    store,
    newId,
    clock,
    log,
    sealer,
    /** What runbooks can read, and what they have read. */
    variables,
    secrets,
    reads,
    jobs,
    sandbox,
    /** Publishes what `run` holds as JavaScript, with the declaration given. */
    async publish(name: string, run: string, declaration = "", scope = "/") {
      const bundle = `var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "${name}", ${declaration} run: ${run} } } };`;
      const bundleHash = createHash("sha256").update(bundle).digest("hex");
      const extraction = await sandbox.extract({ bundle, bundleHash, sourceMap: null });
      if (!extraction.ok) throw new Error(JSON.stringify(extraction));
      return catalogue.publish(
        name,
        scope,
        { bundle, bundleHash, sourceMap: null, manifest: extraction.manifest, sources: [{ path: `${name}.ts`, text: run }] },
        { by: "ada", message: "" },
      );
    },
    start: (runbook: string, params: unknown = {}, more: { priority?: number; version?: "latest" | "draft" } = {}) =>
      jobs.enqueue({ runbook, version: "latest", params, trigger: "manual", dry: false, actor: ADA, correlationId: "c1", ...more }),
    async outputs(jobId: string): Promise<unknown[]> {
      const entries = await store.read.streams.list(jobId, { after: 0, limit: 100_000 });
      return entries.flatMap((entry) => (entry.kind === "output" ? [entry.value] : []));
    },
    finish: (jobId: string, withinMs = 30_000) => jobs.wait(jobId, AbortSignal.timeout(withinMs)),
    async stop(patienceMs = 0) {
      await jobs.drain(patienceMs);
      await sandbox.stop();
      await store.stop();
    },
  };
}
export type Rig = Awaited<ReturnType<typeof rig>>;
