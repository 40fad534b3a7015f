import type { Clock } from "../../core/clock.ts";
import type { ComplianceState } from "../../core/update.ts";
import type { Store } from "../../store/store.ts";
import { type FleetQuestion, type Standing, standings } from "./standings.ts";

const MOST = 20;

/** What machines differ by. */
export const FACETS = ["state", "compliance", "scope", "os", "agentVersion", "tag"] as const;
export type FacetName = (typeof FACETS)[number];

export interface Facet {
  /** The most frequent values, most first. */
  items: { value: string; count: number }[];
  /** How many other values there are. */
  more: number;
}

export type MachineFacets = { total: number } & Record<FacetName, Facet>;

/** Machines of one compliance alone, or all of them. */
export interface FacetQuestion extends Omit<FleetQuestion, "with"> {
  compliance?: ComplianceState;
}

/** How many machines have which value; a machine of which one isn't known isn't counted there. @throws SELECTOR_INVALID */
export async function machineFacets(parts: { store: Pick<Store, "read">; clock: Clock }, { compliance, ...question }: FacetQuestion): Promise<MachineFacets> {
  const counts = Object.fromEntries(FACETS.map((name) => [name, new Map<string, number>()])) as Record<FacetName, Map<string, number>>;
  let total = 0;
  for await (const page of standings(parts, { ...question, with: { tags: true, system: true } })) {
    const wanted = compliance === undefined ? page : page.filter((standing) => standing.compliance === compliance);
    total += wanted.length;
    for (const standing of wanted) count(counts, standing);
  }
  const facets = Object.fromEntries(FACETS.map((name) => [name, facetOf(counts[name])])) as Record<FacetName, Facet>;
  return { total, ...facets };
}

function count(counts: Record<FacetName, Map<string, number>>, { machine: { state, scope, osName, agentVersion, tags }, compliance }: Standing): void {
  const add = (name: FacetName, value: string | undefined) => {
    if (value) counts[name].set(value, (counts[name].get(value) ?? 0) + 1);
  };
  add("state", state);
  add("compliance", compliance);
  add("scope", scope);
  add("os", osName);
  add("agentVersion", agentVersion);
  for (const key of Object.keys(tags)) add("tag", `${key}=${tags[key]}`);
}

function facetOf(counts: ReadonlyMap<string, number>): Facet {
  const sorted = [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  return { items: sorted.slice(0, MOST).map(([value, count]) => ({ value, count })), more: Math.max(0, sorted.length - MOST) };
}
