import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { MissingUpdate } from "../../core/update.ts";
import type { PackageReport } from "./adapter.ts";
import { type DpkgPackage, INDEX_FORMAT, type PackageRecord, type Policy, parseIndexTargets, parsePolicy, parseRecords, parseSimulation } from "./apt-text.ts";
import { debianRebootReasons } from "./debian-reboot.ts";
import { rebootBehaviour } from "./debian-reboot-behaviour.ts";
import { askDpkg } from "./dpkg-states.ts";
import type { RunProgram } from "./program.ts";

/**
 * What is installed and missing. Everything comes from dpkg-query, apt-cache and simulations: nothing is locked, changed or fetched, and no root is needed.
 * (`apt list` says itself that its output isn't stable, and hides a security fix that lies below the candidate.)
 */
export async function aptReport({ run, root }: { run: RunProgram; root: string }): Promise<PackageReport> {
  const problems: string[] = [];
  const ask = async <T>(fallback: T, question: () => Promise<T>): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return fallback;
    }
  };
  const packages = await ask([], () => askDpkg(run));
  const origins = await ask(new Map(), async () => parseIndexTargets(await run("apt-get", ["indextargets", "--format", INDEX_FORMAT, "Created-By: Packages"])));
  const native = await ask("", async () => (await run("dpkg", ["--print-architecture"])).trim());
  const [policies, upgrade] = await Promise.all([
    ask(new Map<string, Policy>(), async () => parsePolicy(await run("apt-cache", ["policy", ...packages.map(askedAs)]), origins)),
    ask(new Map<string, string>(), async () => parseSimulation(await run("apt-get", ["-s", "-q", "dist-upgrade"]))),
  ]);
  const updates = packages.flatMap((one) => missingUpdate(one, native, policies, upgrade) ?? []);

  if (packages.length === 0) problems.push("dpkg knows no installed package");
  if (origins.size === 0) problems.push("package lists were never fetched; run apt-get update");
  const broken = packages.filter((one) => one.broken).map((one) => one.name);
  if (broken.length > 0) problems.push(`${broken.length} packages are half installed (${broken.slice(0, 5).join(", ")}); run dpkg --configure -a`);
  const reasons = await debianRebootReasons(root, packages);
  return {
    packageManager: "apt",
    listsUpdatedAt: origins.size === 0 ? null : await listsUpdatedAt(root),
    rebootPending: reasons.length > 0,
    rebootReasons: reasons,
    installed: packages.map(({ broken: _, reinstall: __, ...installed }) => installed),
    updates: await withRecords(updates, { run, root, native }),
    problems,
  };
}

/** An architecture of `all` isn't part of a name that apt understands. */
const askedAs = ({ name, architecture }: { name: string; architecture: string }): string => (architecture === "all" ? name : `${name}:${architecture}`);

/** What is missing of one installed package, if anything is. */
export function missingUpdate(
  installed: DpkgPackage,
  nativeArchitecture: string,
  policies: ReadonlyMap<string, Policy>,
  upgrade: ReadonlyMap<string, string>,
): MissingUpdate | undefined {
  const { name, architecture, version } = installed;
  const foreign = architecture !== "all" && architecture !== nativeArchitecture;
  const policy = policies.get(foreign ? `${name}:${architecture}` : name);
  if (!policy?.candidate || policy.candidate === version) return undefined;
  const from = policy.versions.findIndex((one) => one.version === policy.candidate);
  const to = policy.versions.findIndex((one) => one.installed);
  if (from < 0 || to < 0 || from >= to) return undefined; // pinned to an older version: no update
  const newer = policy.versions.slice(from, to);
  const [candidate] = newer;
  // Every newer version counts: a candidate from -updates may lie above a security fix and contain it.
  const security = newer.flatMap((one) => one.origins).find((origin) => origin.security);
  const origins = new Set([...(candidate?.origins ?? []), ...(security ? [security] : [])].map((origin) => origin.text));
  return {
    kind: "package",
    name,
    architecture,
    installedVersion: version,
    candidateVersion: policy.candidate,
    classification: security ? "security" : "other",
    severity: "unspecified", // Debian's lists carry none
    origin: [...origins].join(", "),
    held: installed.held,
    // A phased version that apt would install now has reached this machine.
    phased: candidate?.phased != null && !upgrade.has(name) && !upgrade.has(`${name}:${architecture}`),
    rebootBehaviour: "unknown",
    cves: [], // nor these: the engine knows them from trackers, by source package
    advisories: [],
  };
}

/** Adds what the lists say of the candidates themselves. Without it a report is as true as with it: that it can't be had is no problem of the report. */
async function withRecords(
  updates: readonly MissingUpdate[],
  { run, root, native }: { run: RunProgram; root: string; native: string },
): Promise<MissingUpdate[]> {
  const asked = updates.map((update) => `${askedAs(update)}=${update.candidateVersion}`);
  const text = asked.length === 0 ? "" : await run("apt-cache", ["show", ...asked]).catch(() => "");
  const records = parseRecords(text);
  const recordOf = ({ name, architecture, candidateVersion }: MissingUpdate): PackageRecord | undefined =>
    records.get(`${name} ${architecture} ${candidateVersion}`) ??
    // Its architecture may change with this version, from or to "all".
    records.get(`${name} ${architecture === "all" ? native : "all"} ${candidateVersion}`);
  return Promise.all(
    updates.map(async (update) => {
      const { size, section = "" } = recordOf(update) ?? {};
      return { ...update, rebootBehaviour: await rebootBehaviour(root, update, section), ...(size === undefined ? {} : { sizeBytes: size }) };
    }),
  );
}

/**
 * When lists were last fetched: the newest of the stamps that apt's timer and Ubuntu's hooks leave, and of the directories that change when a list comes in. An
 * `apt-get update` by hand that finds everything unchanged leaves no trace on plain Debian; the lists then seem older than they are, never newer.
 */
async function listsUpdatedAt(root: string): Promise<number | null> {
  const traces = ["periodic/update-success-stamp", "periodic/update-stamp", "lists", "lists/partial"];
  const times = await Promise.all(
    traces.map((path) =>
      stat(join(root, "var/lib/apt", path)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  const newest = Math.max(...times);
  return newest > 0 ? Math.round(newest) : null;
}
