import { createHash } from "node:crypto";
import { systemClock } from "../../engine/clock.ts";
import type { PlannedUpdate } from "../../engine/core/deploy/plan.ts";
import type { Facts } from "../../engine/core/machine.ts";
import { DEFAULT_LIMITS } from "../../engine/core/manifest.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { createIds } from "../../engine/ids.ts";
import { openStore, type Writes } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createIntake } from "../../engine/updates/intake.ts";
import { aJob } from "../contract/rows.ts";
import { aMember, anInventory, anUpdate, aPackage, reportOf } from "../updates/reports.ts";

/** Sets a mark on the page, whichever way it is let in. */
export const MARKUP = `"'><img src=x onerror="window.hit=1"><svg onload="window.hit=1"></svg><script>window.hit=1</script><a href="javascript:window.hit=1">x</a>`;
export const BACKWARDS = "\u202eelttil-a-sdrawkcab\u202c שלום مرحبا";
export const CONTROLS = "bell\u0007 escape\u001b[2J\u001b]8;;http://example.com\u0007link\u001b]8;;\u0007 nothing\u200b\ufeff";
export const LONG = "n".repeat(10_000);

/** Everything that an agent, a runbook or a stranger can write says this. @param n tells rows of one text from those of another */
export async function writeHostile(directory: string, text: string, n: number): Promise<void> {
  const store = await openStore(`sqlite:${directory}`);
  try {
    await store.write((tx) => writeRows(tx, text, n));
    const enrichment = createEnrichment({ orders: { debian: debianOrder } });
    const intake = createIntake({ store, clock: systemClock, newId: createIds(systemClock), enrichment });
    const word = text.slice(0, 200);
    const updates = [anUpdate(word, word, { installedVersion: word, origin: word, advisories: [word, "DSA-1-1"], cves: ["CVE-2026-1234"] })];
    const installed = [aPackage(word, word)];
    await intake.take(`mch_h${n}`, reportOf(1, anInventory(Date.now(), { updates, installed, problems: [text], rebootPending: true, rebootReasons: [text] })));
  } finally {
    await store.stop();
  }
}

async function writeRows(tx: Writes, text: string, n: number): Promise<void> {
  const at = Date.now() - 60_000;
  const by = { createdAt: at, createdBy: text, updatedAt: at, updatedBy: text };
  const authored = { ...by, revision: 1, authorId: "prn_1", author: text };
  const facts = {
    ...{ os: "linux", osName: text, distribution: text, distributionVersion: text, kernel: text, architecture: text, hostname: text, bootId: text },
    ...{ addresses: [text], cpus: 1, memoryBytes: 1, agentVersion: text, timeZone: text },
  } as Facts;
  await tx.machines.insert(aMember(`mch_h${n}`, text, { scope: "/", facts, tags: { role: text }, enrolledBy: text, lastSeenAt: at }));

  const bundle = `var __runbook = {}; // ${n}`;
  const bundleHash = createHash("sha256").update(bundle).digest("hex");
  await tx.runbooks.putBundle({ hash: bundleHash, text: bundle, sourceMap: null, createdAt: at });
  const parameters = { type: "object", properties: { [text]: { type: "string", description: text, default: text } } };
  const manifest = { summary: text, parameters, permissions: { http: [text], secrets: [text] }, limits: DEFAULT_LIMITS, sharedIsolate: false };
  await tx.runbooks.insert({
    id: `run_h${n}`,
    scope: "/",
    name: `hostile-${n}`,
    createdAt: at,
    createdBy: text,
    latestVersion: 1,
    deletedAt: null,
    deletedBy: null,
  });
  const sources = [{ path: `${text.slice(0, 100)}.ts`, text: `// ${text}\n${text}` }];
  await tx.runbooks.insertVersion({ runbookId: `run_h${n}`, version: 1, bundleHash, manifest, sources, message: text, publishedAt: at, publishedBy: text });

  const runs = [{ runbook: `hostile-${n}`, parameters: { [text]: text } }];
  const schedule = { cron: "30 2 * * *", timeZone: "UTC", enabled: false, description: text, runs };
  await tx.resources.insert({ id: `sch_h${n}`, kind: "Schedule", scope: "/", name: `schedule-${n}`, spec: schedule, ...authored }, []);
  await tx.resources.insert(
    { id: `whk_h${n}`, kind: "Webhook", scope: "/", name: `webhook-${n}`, spec: { verify: { scheme: "none" }, description: text, runs }, ...authored },
    [],
  );
  const window = { cron: "0 2 * * *", timeZone: "UTC", duration: "1h", description: text, enabled: false };
  await tx.resources.insert({ id: `win_h${n}`, kind: "MaintenanceWindow", scope: "/", name: `window-${n}`, spec: window, ...authored }, []);
  const freeze = {
    timeZone: "UTC",
    reason: text,
    periods: [{ from: new Date(at - 3_600_000).toISOString(), to: new Date(at + 86_400_000).toISOString(), reason: text }],
  };
  await tx.resources.insert({ id: `frz_h${n}`, kind: "Freeze", scope: "/", name: text.slice(0, 120), spec: freeze, ...authored }, []);
  const asset = { id: `ast_h${n}`, scope: "/", name: text, kind: "variable", version: 1, deletedAt: null, type: "string", encrypted: false } as const;
  await tx.assets.insert({ ...asset, ...by, subject: text, notAfter: null });

  const job = `job_h${n}`;
  await tx.jobs.insert(aJob({ id: job, runbook: text, bundleHash, manifest, params: { [text]: text }, createdAt: at }), text);
  await tx.jobs.move(job, null, { to: "suspended", at, by: text, reason: text });
  await tx.streams.append(job, [
    { seq: 1, at, kind: "log", level: "error", message: text },
    { seq: 2, at, kind: "output", value: { [text]: [text] } },
    { seq: 3, at, kind: "progress", value: 0.5, message: text },
  ] as Parameters<Writes["streams"]["append"]>[1]);
  const rule = { who: ["role:operator"], minimum: 1, notRequester: false, onTimeout: "reject" } as const;
  await tx.approvals.insert({
    ...{ id: `apr_h${n}`, jobId: job, call: 1, scope: "/", message: text, rule, form: null, requesterId: "prn_1" },
    ...{ requestedAt: at, expiresAt: at + 86_400_000, status: "pending", closedAt: null },
  });

  const update: PlannedUpdate = {
    ...{ name: text, architecture: text, fromVersion: text, version: text, classification: "security", severity: "important", reboot: "always" },
    expected: { p50: 1_000, p95: 2_000, basis: "default", samples: 0 },
  };
  const deployment = `dpl_h${n}`;
  await tx.deployments.insert(
    {
      ...{
        id: deployment,
        scope: "/",
        windowId: `win_h${n}`,
        window: text,
        spec: { ...window, selector: text, runbook: text },
        occurrence: text,
        opensAt: at,
        closesAt: at + 3_600_000,
      },
      ...{
        status: "failed",
        reason: text,
        planHash: "e".repeat(64),
        allowedFailures: 0,
        forgiven: 0,
        requestedBy: text,
        requesterId: "prn_1",
        changerId: "prn_1",
        changedBy: text,
      },
      ...{ createdAt: at, startedAt: at, endedAt: at, jobId: null, retryOf: null, hooks: [{ at: "before", what: text, ok: false, message: text }] },
    },
    [
      {
        ...{
          deploymentId: deployment,
          machineId: `mch_h${n}`,
          name: text,
          wave: 0,
          place: 0,
          opensAt: at,
          closesAt: at + 3_600_000,
          status: "Failed",
          message: text,
        },
        plan: {
          id: `mch_h${n}`,
          name: text,
          wave: 0,
          startsAt: at,
          expected: { p50: 1, p95: 2 },
          reboot: "expected",
          updates: [update],
          left: [{ ...update, reason: text }],
        },
        ...{ startedAt: at, endedAt: at, installCommand: text, rebootCommand: text, bootIdBefore: text, bootIdAfter: text, rebootState: "Failed" },
      },
    ],
  );
  tx.activity.append({
    ...{ at, actorId: text, actorKind: "user", actorName: text, address: text, operation: text, target: text },
    ...{ scope: "/", result: text, correlationId: text, details: { [text]: text } },
  } as Parameters<Writes["activity"]["append"]>[0]);
}
