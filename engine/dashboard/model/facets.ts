import type { MachineFacets } from "../../protocol/http/fleet.ts";
import { hasTerm, withTermToggled } from "./selector-text.ts";

type Counts = MachineFacets["tag"];

/** What narrows the list of machines, as it stands in the address. */
export interface Narrowing {
  selector: string;
  /** A selector doesn't know it: it changes with time. */
  compliance: string;
}

export interface FacetValue {
  value: string;
  count: number;
  /** The list is narrowed to it. */
  isIn: boolean;
  /** The narrowing with it added, or taken out again. */
  toggled: Narrowing;
}

export interface Facet {
  name: string;
  values: readonly FacetValue[];
  more: number;
}

/** What machines differ by, and what becomes of the narrowing when a value is chosen. */
export function facetsOf(counted: MachineFacets, narrowing: Narrowing): Facet[] {
  const byTerm = (name: string, key: string, { items, more }: Counts): Facet => ({
    name,
    more,
    values: items.map(({ value, count }) => ({
      ...{ value, count, isIn: hasTerm(narrowing.selector, key, value) },
      toggled: { ...narrowing, selector: withTermToggled(narrowing.selector, key, value) },
    })),
  });
  const { items, more } = counted.compliance;
  const compliance = items.map(({ value, count }) => {
    const isIn = narrowing.compliance === value;
    return { value, count, isIn, toggled: { ...narrowing, compliance: isIn ? "" : value } };
  });
  return [
    { name: "Compliance", values: compliance, more },
    byTerm("Connection", "state", counted.state),
    byTerm("Scope", "scope", counted.scope),
    byTerm("System", "fact:osName", counted.os),
    byTerm("Agent", "fact:agentVersion", counted.agentVersion),
    ...tagFacets(counted.tag, byTerm),
  ].filter(({ values }) => values.length > 0);
}

/** A facet a key. Empty values can't be selected. How many values are left out of which isn't told: the last one says it for all. */
function tagFacets({ items, more }: Counts, byTerm: (name: string, key: string, counts: Counts) => Facet): Facet[] {
  const split = items.flatMap(({ value: text, count }) => {
    const at = text.indexOf("=");
    return at === text.length - 1 ? [] : [{ key: text.slice(0, at), value: text.slice(at + 1), count }];
  });
  const keys = [...Map.groupBy(split, ({ key }) => key)];
  return keys.map(([key, values], at) => byTerm(key, `tag:${key}`, { items: values, more: at === keys.length - 1 ? more : 0 }));
}
