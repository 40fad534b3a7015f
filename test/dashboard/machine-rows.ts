import { systemClock } from "../../engine/clock.ts";
import type { Role } from "../../engine/core/role.ts";
import type { Inventory, MissingUpdate } from "../../engine/core/update.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { createIds } from "../../engine/ids.ts";
import type { MachineRecord } from "../../engine/store/records/machines.ts";
import { openStore, type Writes } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createIntake } from "../../engine/updates/intake.ts";
import { aMember, anInventory, anUpdate, aPackage, reportOf } from "../updates/reports.ts";

/** `node machine-rows.ts DIR COUNT`: so many machines as a team has them, with reports, and as many assets, people and entries of the activity log; for an engine that hasn't begun yet. */
const [directory = "", count = "0"] = process.argv.slice(2);
const IN_ONE_WRITE = 500;
const WITH_HISTORY = 20;
const DAY_MS = 86_400_000;
const now = Date.now();
const store = await openStore(`sqlite:${directory}`);
const intake = createIntake({ store, clock: systemClock, newId: createIds(systemClock), enrichment: createEnrichment({ orders: { debian: debianOrder } }) });

const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length] as Value;
const SYSTEMS = [
  ["Debian GNU/Linux 12 (bookworm)", "debian", "12", "linux", "apt"],
  ["Ubuntu 24.04.3 LTS", "ubuntu", "24.04", "linux", "apt"],
  ["Rocky Linux 9.6 (Blue Onyx)", "rocky", "9.6", "linux", "dnf"],
  ["Windows Server 2022 Datacenter", "windows", "10.0.20348", "windows", "windows-update"],
  ["Alpine Linux v3.22", "alpine", "3.22.1", "linux", "apk"],
] as const;
const PLACES = ["/prod/web", "/prod/db", "/prod/edge", "/staging", "/office"] as const;
const ROLES_OF = ["web", "db", "cache", "queue", "build", "edge"] as const;
const NAMES = [
  "openssl",
  "linux-image-amd64",
  "libc6",
  "nginx",
  "curl",
  "sudo",
  "systemd",
  "bash",
  "python3.11",
  "postgresql-15",
  "openssh-server",
  "tzdata",
] as const;

for (let first = 0; first < Number(count); first += IN_ONE_WRITE) {
  const some = Array.from({ length: Math.min(IN_ONE_WRITE, Number(count) - first) }, (_, n) => first + n);
  await store.write(async (tx) => {
    for (const n of some) {
      await insert(tx, n);
      if (n < WITH_HISTORY) await past(tx, n);
    }
  });
  for (const n of some) if (n % 9 !== 8) await report(n);
}
await store.stop();

/** Forty days of one machine: something is found, then installed, and it reboots. */
async function past(tx: Writes, n: number): Promise<void> {
  const member = { machineId: `mch_m${n}`, packageManager: "apt", listsUpdatedAt: null, installedCount: 300, problems: [], judgeAgainAt: null };
  for (let day = 40; day > 0; day--) {
    const at = now - day * DAY_MS;
    const missing = (40 - day + n) % 8;
    const times = { receivedAt: at, collectedAt: at };
    await tx.updates.insertAssessment({
      ...{ ...member, ...times, id: `ass_${n}_${day}`, sequence: -day, digest: null, compliance: missing > 0 ? "noncompliant" : "compliant" },
      ...{ counts: { security: missing >> 1, other: missing - (missing >> 1) }, verdicts: { approved: missing } },
      ...{ rebootPending: missing === 0, rebootReasons: [] },
    });
    if (missing !== 0) continue;
    const update = (name: string, failed: boolean) => ({
      ...{ name, architecture: "amd64", fromVersion: "1.0", version: "1.1", startedAt: at - 90_000, endedAt: at - 60_000 },
      ...(failed
        ? ({ status: "Failed", message: "E: dpkg was interrupted: No space left on device" } as const)
        : ({ status: "Succeeded", message: "" } as const)),
    });
    await tx.installs.put({
      ...{ commandId: `cmd_m${n}_${day}`, machineId: member.machineId, action: "install", jobId: day % 3 ? "job_1" : null, packageManager: "apt" },
      ...{
        startedAt: at - 120_000,
        endedAt: at - 30_000,
        rebootPending: true,
        resumed: day % 5 ? 0 : 1,
        repairs: day % 5 ? [] : ["dpkg --configure -a finished 2 packages"],
      },
      ...{ logFile: "/var/lib/runwright-agent/logs/apt.log", updates: NAMES.slice(0, 7).map((name, i) => update(name, i === 3 && day % 4 === 0)) },
    });
  }
}

async function insert(tx: Writes, n: number): Promise<void> {
  const at = now - n * 97_000;
  await tx.machines.insert(machineOf(n));
  tx.activity.append({
    ...{
      at,
      actorId: "prn_1",
      actorKind: "user",
      actorName: pick(["ada", "grace", "ci"], n),
      address: "10.0.0.7",
      scope: pick(PLACES, n),
      correlationId: `req_${n}`,
    },
    ...pick(
      [
        { operation: "machine.tag", target: `machine:${machineOf(n).name}`, details: { from: { role: "web" }, to: { role: "db", owner: "team-a" } } },
        { operation: "job.run", target: `job:job_${n}`, details: { runbook: "patch-web" } },
        { operation: "secret.read", target: "secret:status-token", details: { version: 3, job: `job_${n}` } },
        { operation: "role.write", target: "principal:ada", details: { from: [{ role: "reader", scope: "/" }], to: [{ role: "admin", scope: "/prod" }] } },
      ],
      n,
    ),
    result: n % 11 === 10 ? "PERMISSION_DENIED" : "ok",
  });
  const kind = pick(["secret", "variable", "credential", "certificate", "connection"] as const, n);
  await tx.assets.insert({
    ...{
      id: `ast_m${n}`,
      scope: pick(PLACES, n),
      name: `${pick(["status-token", "mail", "db-password", "edge-tls", "grafana"], n)}-${n}`,
      kind,
      version: 1 + (n % 7),
      deletedAt: null,
    },
    ...{ type: kind === "variable" ? pick(["string", "number", "json"] as const, n) : null, encrypted: kind === "variable" && n % 2 === 1 },
    ...{ subject: kind === "certificate" ? "CN=edge.example.com" : null, notAfter: kind === "certificate" ? now + ((n % 90) - 10) * DAY_MS : null },
    ...{ createdAt: at - DAY_MS, createdBy: "ada", updatedAt: at, updatedBy: pick(["ada", "grace"], n) },
  });
  if (n >= 500) return;
  const grants = [{ role: pick<Role>(["reader", "operator", "author", "admin"], n), scope: pick(PLACES, n) }];
  await tx.principals.insert({
    ...{ id: `prn_m${n}`, kind: n % 3 === 2 ? "service" : "user", name: `${pick(["ada", "grace", "edsger", "barbara"], n)}${n}`, createdAt: at },
    ...{ disabledAt: n % 10 === 9 ? at : null, grants },
  });
}

function machineOf(n: number): MachineRecord {
  const [osName, distribution, distributionVersion, os] = pick(SYSTEMS, n);
  const role = pick(ROLES_OF, n);
  const name = `${role}-m${String(n).padStart(5, "0")}`;
  const facts = {
    ...{
      os,
      osName,
      distribution,
      distributionVersion,
      kernel: "6.1.0-28-amd64",
      architecture: pick(["x64", "arm64"], n),
      hostname: name,
      bootId: `boot-${n}`,
    },
    ...{ addresses: [`10.0.${n >> 8}.${n & 255}`, "fe80::1"], cpus: 2 + (n % 6), memoryBytes: 4e9, agentVersion: pick(["0.1.0", "0.1.0", "0.0.9"], n) },
    timeZone: pick(["Europe/Berlin", "UTC", "Asia/Kolkata"], n),
  };
  return aMember(`mch_m${n}`, name, {
    ...{ scope: pick(PLACES, n), state: n % 7 === 6 ? "offline" : "online", facts, tags: { role, env: pick(["prod", "staging"], n), owner: `team-${n % 8}` } },
    ...{ enrolledAt: now - 40 * DAY_MS, enrolledBy: "ada", lastSeenAt: now - (n % 7 === 6 ? (n % 30) * DAY_MS : (n % 60) * 1_000) },
    staleSince: n % 7 === 6 && n % 30 > 14 ? now - 14 * DAY_MS : null,
  });
}

/** A first report, and a later one in which something was installed. */
async function report(n: number): Promise<void> {
  const missing = n % 4 === 0 ? 0 : 1 + ((n * 7) % NAMES.length);
  const updates = NAMES.slice(0, missing).map((name, i) => updateOf(name, n, i));
  const installed = [...NAMES, ...Array.from({ length: n === 1 ? 3_000 : 3 }, (_, i) => `lib${i}`)].map((name) => aPackage(name, `1.${n % 3}`));
  const found: Partial<Inventory> = { updates, installed, packageManager: pick(SYSTEMS, n)[4] };
  const reboot = n % 5 === 1 ? { rebootPending: true, rebootReasons: ["linux-image-6.1.0-31-amd64 was installed", "libc6 is in use by 14 services"] } : {};
  const problems = n % 13 === 12 ? ["the list of https://packages.example.com couldn't be fetched: certificate has expired"] : [];
  const inventory = anInventory(now - 60_000, { ...found, ...reboot, problems });
  const { kind } = await intake.take(`mch_m${n}`, reportOf(1, inventory));
  if (kind !== "taken") throw new Error(`the report was ${kind}`);
}

function updateOf(name: string, n: number, i: number): MissingUpdate {
  return anUpdate(name, `1.${3 + (n % 2)}-${i}`, {
    classification: i % 3 === 0 ? "security" : "other",
    severity: pick(["critical", "important", "unspecified"], i),
    held: (n + i) % 17 === 0,
    cves: i % 3 === 0 ? [`CVE-2026-${10_000 + i}`, `CVE-2026-${20_000 + i}`] : [],
    advisories: i % 3 === 0 ? [`DSA-${5_000 + i}-1`] : [],
    rebootBehaviour: pick(["always", "never", "unknown"], i),
    sizeBytes: 1_234_567 * (i + 1),
  });
}
