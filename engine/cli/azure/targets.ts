import type { System } from "./choice.ts";
import type { Findings } from "./findings.ts";
import type { AzureQuery, ConfigurationAssignment } from "./shapes.ts";

/** Machines that one selector can name. Several groups are alternatives: a selector's terms must all hold. */
export interface Group {
  terms: string[];
  /** Only machines of these; undefined: of any. */
  systems?: readonly System[];
}

/** Of a selector, with room for the operating system. */
const LONGEST_TERMS = 1_900;
const MOST_GROUPS = 100;
const MACHINE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Which tags the selectors go by: those of ours that people must set. */
export interface TagUse {
  used: Set<string>;
  /** Under which name and value, where Azure's can't be taken. */
  renamed: Map<string, string>;
}
export const noTags = (): TagUse => ({ used: new Set(), renamed: new Map() });

/** Single machines, by the last part of their resource's id, or by their own name. */
export function namedGroup(machines: readonly { name: string; at: string }[], fallbackTag: string, findings: Findings): Group[] {
  const names: string[] = [];
  for (const { name, at } of machines) {
    const last = name.split("/").findLast((part) => part !== "") ?? "";
    if (MACHINE_NAME.test(last)) names.push(last.toLowerCase());
    else findings.differs(at, `the machine "${last}" is left out: no machine can bear that name here`);
  }
  if (names.length === 0) return [];
  const term = `name=${[...new Set(names)].join(",")}`;
  if (term.length <= LONGEST_TERMS) return [{ terms: [term] }];
  const at = machines[0]?.at.replace(/\/\d+$/, "") ?? "";
  findings.differs(at, `${names.length} machines are more than a selector can name; set the tag ${fallbackTag} for them: ${[...new Set(names)].join(" ")}`);
  return [{ terms: [`tag:${fallbackTag}`] }];
}

interface Filter {
  /** Resource ids of subscriptions and resource groups. */
  scopes: readonly string[];
  locations: readonly string[];
  tags: Readonly<Record<string, readonly string[]>>;
  operator: string | undefined;
}

/** A dynamic scope. @param at JSON Pointer to it */
export function queryGroups(query: AzureQuery, at: string, use: TagUse, findings: Findings): Group[] {
  const { tags = {}, filterOperator } = query.tagSettings ?? {};
  return groupsOf({ scopes: query.scope ?? [], locations: query.locations ?? query.location ?? [], tags, operator: filterOperator }, at, use, findings);
}

/** The dynamic scope of a maintenance configuration; of an assignment to one machine none. */
export function filterGroups({ id = "", properties }: ConfigurationAssignment, use: TagUse, findings: Findings): Group[] {
  const { filter, resourceId = "" } = properties;
  if (filter === undefined) return [];
  const { resourceTypes = [], resourceGroups = [], osTypes = [], locations = [], tagSettings: { tags = {}, filterOperator } = {} } = filter;
  const [, subscription] = /^\/subscriptions\/([^/]+)/i.exec(resourceId === "" ? id : resourceId) ?? [];
  const scopes =
    subscription === undefined
      ? []
      : resourceGroups.length > 0
        ? resourceGroups.map((one) => `/subscriptions/${subscription}/resourceGroups/${one}`)
        : [`/subscriptions/${subscription}`];
  if (subscription === undefined && resourceGroups.length > 0)
    findings.wider("/properties/filter/resourceGroups", "names no subscription: the resource groups are left out");
  if (resourceTypes.length === 1)
    findings.wider("/properties/filter/resourceTypes", `only ${resourceTypes[0]}: machines of Azure and others aren't told apart here`);
  const systems = osTypes.flatMap((word, i) => systemOf(word, `/properties/filter/osTypes/${i}`, findings) ?? []);
  const groups = groupsOf({ scopes, locations, tags, operator: filterOperator }, "/properties/filter", use, findings);
  return osTypes.length === 0 ? groups : groups.map((group) => ({ ...group, systems }));
}

export function systemOf(word: string, at: string, findings: Findings): System | undefined {
  const folded = word.trim().toLowerCase();
  if (folded === "windows" || folded === "linux") return folded;
  findings.problem(at, `"${word}" is neither Windows nor Linux`);
  return undefined;
}

function groupsOf({ scopes, locations, tags, operator = "All" }: Filter, at: string, use: TagUse, findings: Findings): Group[] {
  const places = scopeTerms(scopes, at, use, findings);
  const location =
    locations.length === 0
      ? []
      : [
          tagTerm(
            "location",
            locations.map((one) => one.replaceAll(/\s/g, "").toLowerCase()),
            use,
          ),
        ];
  const terms = Object.entries(tags).map(([key, values]) => tagTerm(key, values, use));
  const isAny = operator.toLowerCase() === "any";
  if (!isAny && operator.toLowerCase() !== "all") findings.problem(`${at}/tagSettings/filterOperator`, `"${operator}" is neither All nor Any`);
  const alternatives = isAny && terms.length > 0 ? terms.map((term) => [term]) : [terms];
  const groups = places.flatMap((place) => alternatives.map((tags) => ({ terms: [...place, ...location, ...tags] })));
  if (groups.length > MOST_GROUPS)
    findings.problem(
      at,
      `stands for ${groups.length} selectors, at most ${MOST_GROUPS} can be: name fewer subscriptions, or fewer tags of which any may match`,
    );
  if (groups.some((group) => group.terms.join(" ").length > LONGEST_TERMS))
    findings.problem(at, "names more than a selector can hold; name fewer groups, locations or values");
  if (groups.some((group) => group.terms.length === 0)) findings.wider(at, "restricts nothing: it would be all machines that the engine knows");
  return groups;
}

/** Subscriptions as one alternative, and resource groups as one for each subscription. */
function scopeTerms(scopes: readonly string[], at: string, use: TagUse, findings: Findings): string[][] {
  if (scopes.length === 0) return [[]];
  const whole: string[] = [];
  const groups = new Map<string, string[]>();
  for (const [i, scope] of scopes.entries()) {
    const [, subscription, , group] = /^\/subscriptions\/([^/]+)(\/resourceGroups\/([^/]+))?\/?$/i.exec(scope.trim()) ?? [];
    if (subscription === undefined) findings.problem(`${at}/scope/${i}`, `"${scope}" is the id neither of a subscription nor of a resource group`);
    else if (group === undefined) whole.push(subscription.toLowerCase());
    else groups.set(subscription.toLowerCase(), [...(groups.get(subscription.toLowerCase()) ?? []), group.toLowerCase()]);
  }
  const parts = [...groups].filter(([subscription]) => !whole.includes(subscription));
  return [
    ...(whole.length > 0 ? [[tagTerm("subscription", whole, use)]] : []),
    ...parts.map(([subscription, names]) => [tagTerm("subscription", [subscription], use), tagTerm("resource-group", names, use)]),
  ];
}

/** Of no values any will do. */
function tagTerm(key: string, values: readonly string[], use: TagUse): string {
  const name = plain(key, 63, /[^A-Za-z0-9._-]+/g, use);
  use.used.add(name);
  const allowed = values.map((value) => plain(value, 255, /[\s,=!*]+/g, use));
  return `tag:${name}=${allowed.length === 0 ? "*" : [...new Set(allowed)].join(",")}`;
}

/** Selectors and tags of ours have neither spaces nor signs of selectors in them. */
function plain(text: string, longest: number, forbidden: RegExp, use: TagUse): string {
  const name = text.trim().replace(forbidden, "-").slice(0, longest) || "none";
  if (name !== text) use.renamed.set(text, name);
  return name;
}
