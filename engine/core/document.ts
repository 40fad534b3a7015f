import { pointerPart } from "./pointer.ts";
import type { DocumentProblem } from "./resource.ts";

/** Documents in one plan. */
export const MOST_DOCUMENTS = 10_000;

export const CHANGE_ACTIONS = ["create", "update", "delete"] as const;
export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

/** What is wrong with one of several documents. */
export interface PlanProblem extends DocumentProblem {
  /** Which document, from 0; null: none of them, but what would be deleted. */
  index: number | null;
  /** Another document that it is about: of two that contradict each other. */
  other?: number;
}

/** One member that differs: `path` is a JSON Pointer; a side is absent where the member isn't there. */
export interface FieldChange {
  path: string;
  before?: unknown;
  after?: unknown;
}

/** What somebody or something may do afterwards and couldn't before, or the other way round, in words. */
export interface PermissionNote {
  text: string;
  widened: boolean;
}

/** Of a large list or object its members are told no longer one by one. */
const MOST_FIELDS = 100;

/** Which members differ between two values: lists are compared place by place. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  const found: FieldChange[] = [];
  walk(before, after, "");
  return found.length <= MOST_FIELDS ? found : [{ path: "", before, after }];

  function walk(was: unknown, is: unknown, path: string): void {
    if (found.length > MOST_FIELDS || Object.is(was, is)) return;
    if (!isContainer(was) || !isContainer(is) || Array.isArray(was) !== Array.isArray(is)) {
      found.push({ path, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) });
      return;
    }
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) walk(memberOf(was, key), memberOf(is, key), path + pointerPart(key));
  }
}

const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
const memberOf = (value: object, key: string): unknown => (Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined);
