import { MACHINE_STATUSES, type MachineStatus } from "../../engine/core/deploy/status.ts";
import type { DeploymentRecord, NewDeploymentMachine } from "../../engine/store/records/deployments.ts";
import { openStore } from "../../engine/store/store.ts";

/** `node deployment-rows.ts DIR COUNT`: a window, so many deployments of it, the newest with so many machines, some with names that nobody should have; for an engine that hasn't begun yet. */
const [directory = "", count = "0"] = process.argv.slice(2);
const IN_ONE_WRITE = 500;
const MINUTE = 60_000;
const DAY = 86_400_000;
const now = Date.now();
const store = await openStore(`sqlite:${directory}`);

const spec = { cron: "0 2 * * *", timeZone: "Europe/Berlin", duration: "3h", waves: "1, 5%, 25%, rest", errorBudget: "5%", soak: "5m", rebootReserve: "20m" };
const HOSTILE = ["<img src=x onerror=alert(1)>", "\u202eelgnatcer", "名前が長い機械", "n".repeat(10_000)];
const MESSAGES: Partial<Record<MachineStatus, string>> = {
  Failed: "1 of 3 updates failed: openssl: exit 100: dpkg: error processing package openssl (--configure)",
  AgentLost: "its agent was last heard of 20 min ago",
  PlanDrift: "openssl 3.0.15-2 is offered now, 3.0.15-1 was planned",
  NotIncluded: "the policy approves none of its 4 updates",
};
const UNDER_WAY = [
  "Succeeded",
  "Succeeded",
  "Succeeded",
  "Succeeded",
  "Failed",
  "SucceededWithWarnings",
  "AgentLost",
  "PlanDrift",
  "InProgress",
  "NotStarted",
] as const;

await store.write(async (tx) => {
  const by = { createdAt: now, createdBy: "ada", updatedAt: now, updatedBy: "ada", revision: 1, authorId: "prn_1", author: "ada" };
  await tx.resources.insert({ id: "win_many", kind: "MaintenanceWindow", scope: "/", name: "nightly", spec, ...by }, []);
});
for (let first = 0; first < Number(count); first += IN_ONE_WRITE) {
  await store.write(async (tx) => {
    for (let n = first; n < Math.min(Number(count), first + IN_ONE_WRITE); n++)
      await tx.deployments.insert(aDeployment(n), n === Number(count) - 1 ? machines() : []);
  });
}
await store.stop();

/** The last one runs, those before have ended. */
function aDeployment(n: number): DeploymentRecord {
  const isLast = n === Number(count) - 1;
  const opensAt = isLast ? now - 40 * MINUTE : now - (Number(count) - n) * DAY;
  const status = isLast ? "halted" : ((["succeeded", "succeeded", "failed", "expired", "aborted"] as const)[n % 5] ?? "failed");
  return {
    ...{ id: `dpl_${String(n).padStart(10, "0")}`, scope: "/", windowId: "win_many", window: "nightly", spec, occurrence: new Date(opensAt).toISOString() },
    ...{
      opensAt,
      closesAt: opensAt + 180 * MINUTE,
      status,
      reason: isLast ? "12 machines have failed, 9 may" : "",
      planHash: n.toString(16).padStart(64, "a"),
    },
    ...{
      allowedFailures: Math.floor(Number(count) / 20),
      forgiven: 0,
      requestedBy: "window:nightly",
      requesterId: "prn_1",
      changerId: "prn_1",
      changedBy: "ada",
    },
    ...{
      createdAt: opensAt - DAY,
      startedAt: status === "expired" ? null : opensAt,
      endedAt: isLast ? null : opensAt + 90 * MINUTE,
      jobId: null,
      retryOf: null,
      hooks: [],
    },
  };
}

function machines(): NewDeploymentMachine[] {
  return Array.from({ length: Number(count) }, (_, n) => {
    const name = HOSTILE[n - 5] ?? `web-${String(n).padStart(5, "0")}.example.net`;
    const isAlone = n % 50 === 49;
    const status: MachineStatus = isAlone ? "NotIncluded" : (UNDER_WAY[Math.floor((n * 17) / 3) % UNDER_WAY.length] ?? MACHINE_STATUSES[0]);
    const hasBegun = !["NotStarted", "NotIncluded"].includes(status);
    const startedAt = hasBegun ? now - 30 * MINUTE : null;
    const wave = isAlone ? -1 : n === 0 ? 0 : n < Number(count) / 20 ? 1 : n < Number(count) / 3 ? 2 : 3;
    const updates = ["openssl", "linux-image-amd64", "libc6"].map((update) => ({
      ...{
        name: update,
        architecture: "amd64",
        fromVersion: "3.0.14-1~deb12u2",
        version: "3.0.15-1~deb12u1",
        classification: "security",
        severity: "important",
      },
      ...{ expected: { p50: 12_000, p95: 90_000, basis: "update", samples: 30 }, reboot: update === "linux-image-amd64" ? "always" : "never" },
    })) as NewDeploymentMachine["plan"]["updates"];
    return {
      ...{
        deploymentId: `dpl_${String(Number(count) - 1).padStart(10, "0")}`,
        machineId: `mch_${n}`,
        name,
        wave,
        place: n,
        opensAt: now - 40 * MINUTE,
        closesAt: now + 140 * MINUTE,
      },
      plan: {
        id: `mch_${n}`,
        name,
        wave,
        startsAt: now - 40 * MINUTE + wave * 10 * MINUTE,
        expected: { p50: 96_000, p95: 400_000 },
        reboot: "expected",
        updates: isAlone ? [] : updates,
        left: [],
      },
      ...{ status, message: MESSAGES[status] ?? "", startedAt, endedAt: hasBegun && status !== "InProgress" ? now - 20 * MINUTE : null },
      ...{
        installCommand: hasBegun ? `job_1.${n}` : null,
        rebootCommand: null,
        bootIdBefore: null,
        bootIdAfter: null,
        rebootState: status === "Succeeded" ? "Completed" : "NotNeeded",
      },
    };
  });
}
