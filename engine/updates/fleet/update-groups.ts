import type { Clock } from "../../core/clock.ts";
import { CLASSIFICATIONS, type Classification, type Severity } from "../../core/update.ts";
import { VERDICTS, type Verdict } from "../../core/update-policy.ts";
import { debianOrder, rpmOrder } from "../../core/versions/order.ts";
import type { Offer } from "../../store/records/offers.ts";
import type { Store } from "../../store/store.ts";
import { aboutCves } from "./about-cves.ts";
import type { MissingSet, OfferShelf } from "./offers.ts";
import { type FleetQuestion, standings } from "./standings.ts";

/** Which missing updates are meant; as the list of updates is filtered. */
export interface UpdateFilters {
  /** Exactly this one. */
  name?: string;
  classification?: Classification;
  severity?: Severity;
  verdict?: Verdict;
  /** That they mend. */
  cve?: string;
  exploited?: boolean;
  /** Beyond their due time, and offered to their machine. */
  overdue?: boolean;
}

/** Missing updates that have something in common. */
export interface UpdateGroup {
  /** Name of the update, or id of the vulnerability. */
  key: string;
  /** That miss one of them. */
  machines: number;
  /** Beyond their due time, and offered to their machine. */
  overdue: number;
  /** When the engine first heard of one of them on one of these machines, Unix milliseconds. */
  firstSeenAt: number;
  verdicts: Partial<Record<Verdict, number>>;
  /** What is offered, each once. */
  offers: readonly Offer[];
}

export type GroupBy = "update" | "cve";

/** Those that most machines miss first. @throws SELECTOR_INVALID */
export async function updateGroups(
  parts: { store: Pick<Store, "read">; clock: Clock; offers: OfferShelf },
  { by, filters, search, ...question }: Omit<FleetQuestion, "with"> & { by: GroupBy; filters: UpdateFilters; search?: string },
): Promise<UpdateGroup[]> {
  const groups = createGroups({ by, filters, search: search?.toLowerCase() ?? "", now: parts.clock.now() });
  for await (const page of standings(parts, { ...question, with: { updates: true } })) {
    const machines = page.map(({ machine }) => machine);
    await parts.offers.each(machines, (_, set) => groups.add(set));
  }
  const found = groups.sorted();
  if (by === "update" || filters.exploited !== true) return found;
  // An update mends others besides the one that is exploited.
  const about = await aboutCves(
    parts.store,
    found.map(({ key }) => key),
  );
  return found.filter(({ key }) => about.get(key)?.exploitedSince != null);
}

interface Group extends Omit<UpdateGroup, "verdicts"> {
  offers: Offer[];
  /** Number of the machine that was counted last. */
  last: number;
  /** By the verdict's place among all. */
  counts: number[];
}

function createGroups({ by, filters, search, now }: { by: GroupBy; filters: UpdateFilters; search: string; now: number }) {
  const byKey = new Map<string, Group>();
  /** Of an offer, by its id, the groups that it belongs to; none when it isn't meant. */
  const ofOffer: (readonly Group[] | undefined)[] = [];
  let machine = 0;

  function groupsOf(offer: Offer): readonly Group[] {
    const known = ofOffer[offer.id];
    if (known) return known;
    const groups = isMeant(offer, filters) ? keysOf(offer).map(groupOf) : [];
    for (const group of groups) group.offers.push(offer);
    ofOffer[offer.id] = groups;
    return groups;
  }
  function keysOf(offer: Offer): readonly string[] {
    const keys = by === "update" ? [offer.name] : offer.cves.filter((cve) => filters.cve === undefined || cve === filters.cve);
    return search === "" ? keys : keys.filter((key) => key.toLowerCase().includes(search));
  }
  function groupOf(key: string): Group {
    const known = byKey.get(key);
    if (known) return known;
    const group: Group = {
      key,
      machines: 0,
      overdue: 0,
      firstSeenAt: Number.POSITIVE_INFINITY,
      offers: [],
      last: -1,
      counts: VERDICTS.map(() => 0),
    };
    byKey.set(key, group);
    return group;
  }

  return {
    add({ size, offers, verdicts, phased, firstSeenAt, dueAt }: MissingSet): void {
      machine++;
      for (let i = 0; i < size; i++) {
        const offer = offers[i];
        const verdict = verdicts[i] ?? 0;
        if (!offer || (filters.verdict !== undefined && VERDICTS[verdict] !== filters.verdict)) continue;
        const isOverdue = phased[i] === 0 && (dueAt[i] ?? now) <= now;
        if (filters.overdue && !isOverdue) continue;
        for (const group of groupsOf(offer)) {
          if (group.last !== machine) group.machines++;
          group.last = machine;
          group.counts[verdict] = (group.counts[verdict] ?? 0) + 1;
          if (isOverdue) group.overdue++;
          const seenAt = firstSeenAt[i] ?? now;
          if (seenAt < group.firstSeenAt) group.firstSeenAt = seenAt;
        }
      }
    },
    sorted: (): UpdateGroup[] =>
      [...byKey.values()]
        .filter(({ machines }) => machines > 0)
        .sort(byMachines)
        .map(({ last: _, counts, ...group }) => ({
          ...group,
          verdicts: Object.fromEntries(VERDICTS.map((verdict, i) => [verdict, counts[i]]).filter(([, count]) => count)),
        })),
  };
}

const isMeant = (offer: Offer, { name, classification, severity, cve, exploited }: UpdateFilters): boolean =>
  (name === undefined || offer.name === name) &&
  (classification === undefined || offer.classification === classification) &&
  (severity === undefined || offer.severity === severity) &&
  (cve === undefined || offer.cves.includes(cve)) &&
  (exploited !== true || offer.exploitedSince !== null);

/** Where a group stands among all. */
export type GroupPlace = Pick<UpdateGroup, "key" | "machines">;
export const byMachines = (a: GroupPlace, b: GroupPlace): number => b.machines - a.machines || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** The most urgent of them. */
export const classOf = (offers: readonly Offer[]): Classification =>
  CLASSIFICATIONS.find((word) => offers.some(({ classification }) => classification === word)) ?? "other";

/** The newest of the versions that are offered. Machines of several systems may miss an update of one name: where no order knows both of two, the later text is taken. */
export const newestVersion = (offers: readonly Offer[]): string =>
  offers.map(({ candidateVersion }) => candidateVersion).reduce((newest, version) => (isNewer(version, newest) ? version : newest));

const isNewer = (a: string, b: string): boolean => (debianOrder(a, b) ?? rpmOrder(a, b) ?? (a > b ? 1 : -1)) > 0;
