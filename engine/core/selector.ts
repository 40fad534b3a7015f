import { RunwrightError } from "./errors.ts";
import type { SelectableMachine } from "./machine.ts";
import { readMask } from "./mask.ts";
import { scopeIncludes } from "./scope.ts";

/**
 * A query such as `os=linux tag:role=web name=web-*`: all terms must hold. A term is `key=value`, `key!=value`; values may hold `*`
 * and several alternatives separated by commas; `all` selects every machine. Keys: `name os scope state tag:KEY fact:KEY`.
 */
export interface SelectorTerm {
  key: string;
  negated: boolean;
  patterns: readonly string[];
}

export type Selector = readonly SelectorTerm[];

const KEY = /^(name|os|scope|state|tag:[A-Za-z0-9._-]+|fact:[A-Za-z0-9._-]+)$/;

/** @throws SELECTOR_INVALID naming the term. */
export function parseSelector(text: string): Selector {
  const words = text.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) throw new RunwrightError("SELECTOR_INVALID", 'the selector is empty; write "all" to mean every machine');
  if (words.length > 50) throw new RunwrightError("SELECTOR_INVALID", "a selector has at most 50 terms");
  if (words.length === 1 && words[0] === "all") return [];
  return words.map((word) => {
    const [, key, operator, value] = /^([^=!]+)(!?=)(.+)$/.exec(word) ?? [];
    if (key === undefined || value === undefined)
      throw new RunwrightError("SELECTOR_INVALID", `selector term "${word}" must look like os=linux, tag:role=web or name!=db-*`);
    if (!KEY.test(key)) throw new RunwrightError("SELECTOR_INVALID", `selector key "${key}" is unknown; known are name, os, scope, state, tag:KEY, fact:KEY`);
    return { key, negated: operator === "!=", patterns: value.split(",") };
  });
}

/** One selector for machines that match all of these. */
export const allOf = (selectors: readonly string[]): string => {
  const terms = selectors.map((text) => (parseSelector(text).length === 0 ? "" : text.trim()));
  return terms.filter(Boolean).join(" ") || "all";
};

export function selectorMatches(selector: Selector, machine: SelectableMachine): boolean {
  return selector.every((term) => {
    const value = valueFor(term.key, machine);
    const hit = value !== undefined && term.patterns.some((pattern) => (term.key === "scope" ? scopeIncludes(pattern, value) : globMatches(pattern, value)));
    return hit !== term.negated;
  });
}

function valueFor(key: string, machine: SelectableMachine): string | undefined {
  if (key === "name") return machine.name;
  if (key === "scope") return machine.scope;
  if (key === "state") return machine.state;
  if (key === "os") return machine.facts?.os;
  if (key.startsWith("tag:")) return Object.hasOwn(machine.tags, key.slice(4)) ? machine.tags[key.slice(4)] : undefined;
  const facts: Record<string, unknown> = { ...machine.facts };
  const fact = facts[key.slice(5)];
  return fact === undefined ? undefined : Array.isArray(fact) ? fact.join(",") : String(fact);
}

/** `*` matches any run of characters; everything else is literal. */
export const globMatches = (pattern: string, value: string): boolean => readMask(pattern)(value);
