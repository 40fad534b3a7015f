import { createHash } from "node:crypto";
import { systemClock } from "../../engine/clock.ts";
import { DEFAULT_LIMITS } from "../../engine/core/manifest.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { createIds } from "../../engine/ids.ts";
import { openStore, type Store, type Writes } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createIntake } from "../../engine/updates/intake.ts";
import { AT, aJob } from "../contract/rows.ts";
import { aMember, anInventory, anUpdate, reportOf } from "../updates/reports.ts";

/** `node many-rows.ts DIR ROWS JOBS MEGABYTES`: rows for an engine that hasn't begun yet: so many in each view, so many jobs, and one job with so much output. */
const [directory = "", rows = "0", jobs = "0", megabytes = "0"] = process.argv.slice(2);
const IN_ONE_WRITE = 500;
const ENTRY = 100_000;
const store = await openStore(`sqlite:${directory}`);
await fill(store);
await store.stop();

async function fill(store: Store): Promise<void> {
  const bundle = "var __runbook = {};";
  const bundleHash = createHash("sha256").update(bundle).digest("hex");
  const now = Date.now();
  const by = { createdAt: AT, createdBy: "ada", updatedAt: AT, updatedBy: "ada" };
  const authored = { ...by, revision: 1, authorId: "prn_1", author: "ada" };
  await store.write((tx) => tx.runbooks.putBundle({ hash: bundleHash, text: bundle, sourceMap: null, createdAt: AT }));

  await each(Number(rows), async (tx, n, name) => {
    const runbook = {
      id: `run_${name}`,
      scope: "/",
      name: `book-${name}`,
      createdAt: AT,
      createdBy: "ada",
      latestVersion: 1,
      deletedAt: null,
      deletedBy: null,
    };
    await tx.runbooks.insert(runbook);
    const manifest = { summary: "", parameters: {}, permissions: {}, limits: DEFAULT_LIMITS, sharedIsolate: false };
    const sources = [{ path: `book-${name}.ts`, text: "" }];
    await tx.runbooks.insertVersion({ runbookId: runbook.id, version: 1, bundleHash, manifest, sources, message: "", publishedAt: AT, publishedBy: "ada" });
    const runs = [{ runbook: runbook.name }];
    const schedule = { cron: "30 2 * * *", timeZone: "UTC", enabled: false, runs };
    await tx.resources.insert({ id: `sch_${name}`, kind: "Schedule", scope: "/", name: `night-${name}`, spec: schedule, ...authored }, []);
    const webhook = { verify: { scheme: "none" }, runs };
    await tx.resources.insert({ id: `whk_${name}`, kind: "Webhook", scope: "/", name: `hook-${name}`, spec: webhook, ...authored }, []);
    const asset = {
      id: `ast_${name}`,
      scope: "/",
      name: `asset-${name}`,
      kind: "variable",
      version: 1,
      deletedAt: null,
      type: "string",
      encrypted: false,
    } as const;
    await tx.assets.insert({ ...asset, ...by, subject: null, notAfter: null });
    await tx.machines.insert(aMember(`mch_${name}`, `web-${name}`, { state: "offline" }));
    await tx.deployments.insert(
      {
        ...{ id: `dpl_${name}`, scope: "/", windowId: "win_1", window: "nightly", spec: { timeZone: "UTC", duration: "1h", soak: "0s", rebootReserve: "1m" } },
        ...{
          occurrence: name,
          opensAt: AT + n,
          closesAt: AT + n + 1,
          status: "succeeded",
          reason: "",
          planHash: "f".repeat(64),
          allowedFailures: 0,
          forgiven: 0,
        },
        ...{
          requestedBy: "ada",
          requesterId: "prn_1",
          changerId: "prn_1",
          changedBy: "ada",
          createdAt: AT + n,
          startedAt: AT + n,
          endedAt: AT + n + 1,
          jobId: null,
          retryOf: null,
          hooks: [],
        },
      },
      [],
    );
    const job = await moved(tx, `job_asks${name}`, "asks", "suspended");
    const rule = { who: ["role:operator"], minimum: 1, notRequester: false, onTimeout: "reject" } as const;
    await tx.approvals.insert({
      ...{ id: `apr_${name}`, jobId: job, call: 1, scope: "/", message: `Change ${name}?`, rule, form: null, requesterId: "prn_1" },
      ...{ requestedAt: now, expiresAt: now + 86_400_000, status: "pending", closedAt: null },
    });
  });
  await each(Number(jobs), async (tx, _, name) => void (await moved(tx, `job_${name}`)));
  if (Number(rows) > 0) await report(store, now);

  const entries = (Number(megabytes) * 1_000_000) / ENTRY;
  if (entries > 0) await store.write(async (tx) => void (await moved(tx, "job_long", "long")));
  for (let first = 0; first < entries; first += 50) {
    const some = Array.from({ length: Math.min(50, entries - first) }, (_, n) => entry(first + n + 1));
    await store.write((tx) => tx.streams.append("job_long", some));
  }

  /** A job that doesn't run. */
  async function moved(tx: Writes, id: string, runbook = "hello", to: "stopped" | "suspended" = "stopped"): Promise<string> {
    await tx.jobs.insert(aJob({ id, runbook, bundleHash }), "ada");
    await tx.jobs.move(id, null, { to, at: AT, by: "ada", reason: "" });
    return id;
  }
}

/** An entry of a hundred thousand characters in lines, with its number. */
function entry(seq: number) {
  const message = `entry ${seq}\n${`${"x".repeat(99)}\n`.repeat(ENTRY / 100 - 1)}`;
  return { seq, at: AT + seq, kind: "log" as const, level: "info" as const, message };
}

async function each(count: number, insert: (tx: Writes, n: number, name: string) => Promise<void>): Promise<void> {
  for (let first = 0; first < count; first += IN_ONE_WRITE) {
    await store.write(async (tx) => {
      for (let n = first; n < Math.min(count, first + IN_ONE_WRITE); n++) await insert(tx, n, String(n).padStart(5, "0"));
    });
  }
}

/** The first machine misses as many updates as there are rows. */
async function report(store: Store, now: number): Promise<void> {
  const intake = createIntake({ store, clock: systemClock, newId: createIds(systemClock), enrichment: createEnrichment({ orders: { debian: debianOrder } }) });
  const updates = Array.from({ length: Number(rows) }, (_, n) => anUpdate(`package-${String(n).padStart(5, "0")}`));
  const { kind } = await intake.take("mch_00000", reportOf(1, anInventory(now, { updates })));
  if (kind !== "taken") throw new Error(`the report was ${kind}`);
}
