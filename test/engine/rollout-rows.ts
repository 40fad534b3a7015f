import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleRunbook } from "../../engine/authoring/bundle.ts";
import type { PlannedUpdate } from "../../engine/core/deploy/plan.ts";
import type { MaintenanceWindowSpec } from "../../engine/core/deploy/spec.ts";
import { type Answer, completed } from "../agent/scripted-agent.ts";
import { anInventory, anUpdate } from "../updates/reports.ts";
import type { EngineProcess } from "./engine-process.ts";

const SOLUTION = join(import.meta.dirname, "../../runbooks/update-management");

/** Publishes the runbook of the update-management solution that carries deployments out, as a team does from its files. */
export const publishDeploy = (engine: EngineProcess): Promise<void> => publishRunbook(engine, "deploy");

/** The same, and the one that takes them back. */
export async function publishSolution(engine: Pick<EngineProcess, "request">): Promise<void> {
  for (const name of ["deploy", "rollback"]) await publishRunbook(engine, name);
}

async function publishRunbook(engine: Pick<EngineProcess, "request">, name: string): Promise<void> {
  const entry = join(SOLUTION, `${name}.ts`);
  const bundled = await bundleRunbook({ entry });
  if (!bundled.ok) throw new Error(JSON.stringify(bundled.diagnostics));
  const { bundle, bundleHash, sourceMap } = bundled.bundle;
  const sources = [{ path: `${name}.ts`, text: await readFile(entry, "utf8") }];
  const body = { bundle, bundleHash, sourceMap, sources, scope: "/", message: "" };
  const answer = await engine.request("POST", `/api/v1/runbooks/${name}/publish`, body);
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
}

export interface PlannedRollout {
  machines: readonly { id: string; name: string; wave?: number }[];
  spec?: Partial<MaintenanceWindowSpec>;
  allowedFailures?: number;
  closesInMs?: number;
  id?: string;
}

const UPDATE: PlannedUpdate = {
  ...{ name: "bash", architecture: "amd64", fromVersion: "1.0", version: "1.1", classification: "security", severity: "important", reboot: "unknown" },
  expected: { p50: 1_000, p95: 2_000, basis: "update", samples: 9 },
};

/**
 * Rows of a deployment that waits to be started. Whoever starts it makes a trigger of the database that names its job and says that it runs, in the transaction that makes the job, as the round does that starts
 * deployments.
 * @param execute one statement, with values for `?`
 */
export async function insertRollout(
  execute: (statement: string, ...values: unknown[]) => unknown,
  { machines, spec = {}, allowedFailures = 0, closesInMs = 3_600_000, id = "dpl_1" }: PlannedRollout,
): Promise<void> {
  const now = Date.now();
  const all: MaintenanceWindowSpec = { timeZone: "UTC", duration: "1h", soak: "0s", rebootReserve: "1m", ...spec };
  await insert(execute, "deployments", {
    ...{ id, scope: "/", windowId: `win_${id}`, window: "nightly", specJson: JSON.stringify(all), occurrence: "now", opensAt: now, closesAt: now + closesInMs },
    ...{
      // Running is it with its job alone: the engine looks each second, and ends one that has none.
      status: "awaitingApproval",
      reason: "",
      planHash: "f".repeat(64),
      allowedFailures,
      forgiven: 0,
      requestedBy: "ada",
      requesterId: "prn_1",
      changerId: "prn_1",
      changedBy: "ada",
      createdAt: now,
      startedAt: now,
    },
    hooksJson: "[]",
    // As if the plan had been made when each of them had been published once.
    hookVersionsJson: JSON.stringify(Object.fromEntries((spec.hooks ?? []).flatMap(({ runbook }) => (runbook === undefined ? [] : [[runbook, 1]])))),
  });
  for (const [place, { id: machineId, name, wave = 0 }] of machines.entries()) {
    const expected = { p50: 1_000, p95: 2_000 };
    const plan = { id: machineId, name, wave, startsAt: now, expected, reboot: "possible", updates: [UPDATE], left: [] };
    await insert(execute, "deploymentMachines", {
      ...{ deploymentId: id, machineId, name, wave, place, opensAt: now, closesAt: now + closesInMs, planJson: JSON.stringify(plan) },
      ...{ status: "NotStarted", message: "", rebootState: "NotNeeded", notesJson: "[]" },
    });
  }
}

async function insert(execute: (statement: string, ...values: unknown[]) => unknown, table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row).map((name) => `"${name}"`);
  await execute(`insert into "${table}" (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`, ...Object.values(row));
}

/** Answers of a machine on which all goes well: it reports that 1.1 of bash is offered, installs it, and needs no reboot. */
export function wellAnswers(): Record<string, Answer> {
  return {
    assess(_args, self) {
      self.report(anInventory(Date.now(), { updates: [anUpdate("bash")] }));
      return completed({ sequence: 1 });
    },
    install: (args) => completed(reportOf(args)),
    exec: () =>
      completed({
        exitCode: 0,
        signal: null,
        timedOut: false,
        cancelled: false,
        stdout: "",
        stderr: "",
        stdoutTruncated: false,
        stderrTruncated: false,
        durationMs: 1,
      }),
  };
}

export const reportOf = (args: any, { status = "Succeeded", rebootPending = false }: { status?: string; rebootPending?: boolean } = {}) => ({
  ...{ packageManager: "apt", rebootPending, rebootReasons: [], repairs: [], resumed: 0, logFile: "/var/log/1.log" },
  updates: args.updates.map((one: object) => ({
    ...one,
    fromVersion: "1.0",
    status,
    message: status === "Failed" ? "exit 100" : "",
    startedAt: 1,
    endedAt: 2,
  })),
});
