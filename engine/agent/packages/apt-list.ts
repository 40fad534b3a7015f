import type { Clock } from "../../core/clock.ts";
import type { MissingUpdate } from "../../core/update.ts";
import type { PackageReport } from "./adapter.ts";
import { type AptLists, aptLists } from "./apt-lists.ts";
import {
  type DpkgPackage,
  INDEX_FORMAT,
  type PackageRecord,
  type Policy,
  parseIndexFiles,
  parseIndexTargets,
  parsePolicy,
  parseRecords,
  parseSimulation,
} from "./apt-text.ts";
import { debianRebootReasons } from "./debian-reboot.ts";
import { rebootBehaviour } from "./debian-reboot-behaviour.ts";
import { askDpkg } from "./dpkg-states.ts";
import type { RunProgram } from "./program.ts";

/**
 * What is installed and missing. Everything comes from dpkg-query, apt-cache and simulations: nothing is locked, changed or fetched, and no root is needed.
 * (`apt list` says itself that its output isn't stable, and hides a security fix that lies below the candidate.)
 */
export async function aptReport({ run, root, clock }: { run: RunProgram; root: string; clock: Pick<Clock, "now"> }): Promise<PackageReport> {
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
  const indexes = await ask("", () => run("apt-get", ["indextargets", "--format", INDEX_FORMAT, "Created-By: Packages"]));
  const origins = parseIndexTargets(indexes);
  const native = await ask("", async () => (await run("dpkg", ["--print-architecture"])).trim());
  const [policies, upgrade] = await Promise.all([
    ask(new Map<string, Policy>(), async () => parsePolicy(await aptCache(run, "policy", packages.map(askedAs)), origins)),
    ask(new Map<string, string>(), async () => parseSimulation(await run("apt-get", ["-s", "-q", "dist-upgrade"]))),
  ]);
  const updates = packages.flatMap((one) => missingUpdate(one, native, policies, upgrade) ?? []);

  if (packages.length === 0) problems.push("dpkg knows no installed package");
  if (origins.size === 0) problems.push("package lists were never fetched; run apt-get update");
  const fetched = parseIndexFiles(indexes).map((one) => ({ ...one, security: origins.get(one.text)?.security === true }));
  const lists = fetched.length === 0 ? NO_LISTS : await ask(NO_LISTS, () => aptLists({ run, root, fetched }, clock.now()));
  problems.push(...lists.problems);
  const broken = packages.filter((one) => one.broken).map((one) => one.name);
  if (broken.length > 0) problems.push(`${broken.length} packages are half installed (${broken.slice(0, 5).join(", ")}); run dpkg --configure -a`);
  const reasons = await debianRebootReasons(root, packages);
  return {
    packageManager: "apt",
    listsUpdatedAt: lists.updatedAt,
    rebootPending: reasons.length > 0,
    rebootReasons: reasons,
    installed: packages.map(({ broken: _, reinstall: __, ...installed }) => installed),
    updates: await withRecords(updates, { run, root, native }),
    problems,
  };
}

const NO_LISTS: AptLists = { updatedAt: null, problems: [] };
/** As many names as fit on a command line (2 MB on Linux). */
const NAMES_PER_CALL = 10_000;

async function aptCache(run: RunProgram, question: string, names: readonly string[]): Promise<string> {
  const answers: string[] = [];
  for (let at = 0; at < names.length; at += NAMES_PER_CALL) answers.push(await run("apt-cache", [question, ...names.slice(at, at + NAMES_PER_CALL)]));
  return answers.join("\n");
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
  const text = await aptCache(run, "show", asked).catch(() => "");
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
