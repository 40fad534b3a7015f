import type { Facts } from "../core/machine.ts";
import { createRecent } from "../core/recent.ts";
import { packageKey } from "../core/report.ts";
import type { InstalledPackage, MissingUpdate } from "../core/update.ts";
import type { VersionOrders } from "../core/versions/order.ts";
import { type Fix, type Vulnerability, worstOf, worstOfAll } from "../core/vulnerability.ts";
import { type EnrichedUpdate, enriched } from "../core/vulnerability-enrichment.ts";
import { binaryStep, type Mended, mendedBy, type Step, sorted, sourceStep } from "../core/vulnerability-match.ts";
import { platformsOf, rulesOf } from "../core/vulnerability-platform.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { UpdateRecord } from "../store/records/updates.ts";
import type { Writes } from "../store/store.ts";
import { asMachineSaid, storeUpdates, withHistory } from "./findings.ts";

type Reads = Pick<Writes, "vulnerabilities">;
type About = Omit<Vulnerability, "cve"> | "unknown";

const NOTHING: Mended = { cves: [], advisories: [], severity: "unspecified" };

/** What the editions that count say, as far as it was asked for: thousands of machines lack the same updates. */
function createMemory(editions: readonly string[]) {
  return {
    editions,
    steps: createRecent<Mended>({ maxWeight: 200_000, weigh: ({ cves }) => 1 + cves.length }),
    vulnerabilities: createRecent<About>({ maxWeight: 100_000, weigh: () => 1 }),
  };
}

/** Adds to missing updates what the imported vulnerability data says of them. */
export function createEnrichment({ orders }: { orders: VersionOrders }) {
  let memory = createMemory([]);

  async function mendedBySteps(tx: Reads, platforms: readonly string[], steps: readonly Step[]): Promise<Map<string, Mended>> {
    const { editions, steps: known } = memory;
    const wanted = new Map(steps.map((step) => [stepKey(platforms, step), step]));
    const found = new Map(
      [...wanted.keys()].flatMap((key) => [[key, known.get(key)] as const]).filter((entry): entry is [string, Mended] => entry[1] !== undefined),
    );
    const unknown = [...wanted].filter(([key]) => !found.has(key));
    if (unknown.length === 0) return found;
    const packages = sorted(unknown.map(([, step]) => step.package));
    const fixes = Map.groupBy(await tx.vulnerabilities.fixes({ editions, platforms, packages }), (fix) => fix.package);
    for (const [key, step] of unknown) {
      const mended = mendedOn(step, fixes.get(step.package) ?? []);
      found.set(key, mended);
      known.set(key, mended);
    }
    return found;
  }

  function mendedOn(step: Step, fixes: readonly Fix[]): Mended {
    const found = [...Map.groupBy(fixes, (fix) => rulesOf(fix.platform).versions)].flatMap(([kind, ofKind]) => {
      const order = orders[kind];
      return order ? [mendedBy(step, ofKind, order)] : [];
    });
    return {
      cves: sorted(found.flatMap((one) => one.cves)),
      advisories: sorted(found.flatMap((one) => one.advisories)),
      severity: worstOf(found.map((one) => one.severity)),
    };
  }

  async function aboutAll(tx: Reads, cves: readonly string[]): Promise<Map<string, About>> {
    const { editions, vulnerabilities: known } = memory;
    const found = new Map<string, About>();
    const unknown = cves.filter((cve) => {
      const about = known.get(cve);
      if (about) found.set(cve, about);
      return about === undefined;
    });
    if (unknown.length === 0) return found;
    const said = Map.groupBy(await tx.vulnerabilities.about({ editions, cves: unknown }), (one) => one.cve);
    for (const cve of unknown) {
      const about = said.has(cve) ? worstOfAll(said.get(cve) ?? []) : "unknown";
      found.set(cve, about);
      known.set(cve, about);
    }
    return found;
  }

  /**
   * The same updates in the same order, with CVEs that they mend, severity and class. Until the transaction ends no other data comes to count, so that whoever stores
   * them stores nothing outdated.
   * @param installed what the machine has of the packages that they are for
   */
  async function enrich(
    tx: Reads,
    { facts, installed, updates }: { facts: Readonly<Facts> | null; installed: readonly InstalledPackage[]; updates: readonly MissingUpdate[] },
  ): Promise<EnrichedUpdate[]> {
    await tx.vulnerabilities.holdEditions();
    const editions = await tx.vulnerabilities.editions();
    if (memory.editions.join() !== editions.join()) memory = createMemory(editions);
    const platforms = facts ? platformsOf(facts) : [];
    const stepOf = editions.length === 0 ? () => undefined : stepsOn(platforms, installed);
    const wanted = updates.map((update) => ({ update, step: stepOf(update) }));
    const mended = await mendedBySteps(
      tx,
      platforms,
      wanted.flatMap(({ step }) => step ?? []),
    );
    const found = wanted.map(({ update, step }) => ({ update, mended: (step && mended.get(stepKey(platforms, step))) || NOTHING }));
    const about = await aboutAll(tx, sorted(found.flatMap((one) => [...one.update.cves, ...one.mended.cves])));
    return found.map((one) =>
      enriched(one.update, one.mended, (cve) => {
        const known = about.get(cve);
        return known === "unknown" ? undefined : known;
      }),
    );
  }

  /**
   * The same for updates that are stored, when other data has come to count since: stores what has changed of them.
   * @returns all of them, as they are now
   */
  async function again(
    tx: Reads & Pick<Writes, "updates">,
    machine: Pick<MachineRecord, "id" | "facts">,
    known: readonly UpdateRecord[],
  ): Promise<UpdateRecord[]> {
    const installed = await tx.updates.packages(machine.id, sorted(known.map((update) => update.name)));
    const found = await enrich(tx, { facts: machine.facts, installed, updates: known.map(asMachineSaid) });
    const updates = withHistory(known, machine.id, found, 0);
    await storeUpdates(tx, machine.id, known, updates);
    return updates;
  }

  return { enrich, again };
}
export type Enrichment = ReturnType<typeof createEnrichment>;

/** Which step an update is, by the names and versions that data for these platforms goes by. */
function stepsOn([platform]: readonly string[], installed: readonly InstalledPackage[]): (update: MissingUpdate) => Step | undefined {
  if (platform === undefined) return () => undefined;
  if (rulesOf(platform).packages === "binary") return binaryStep;
  const byKey = new Map(installed.map((one) => [packageKey(one), one]));
  return (update) => sourceStep(update, byKey.get(packageKey({ ...update, version: update.installedVersion ?? "" })));
}

const stepKey = (platforms: readonly string[], { package: name, from, to }: Step) => JSON.stringify([platforms, name, from, to]);
