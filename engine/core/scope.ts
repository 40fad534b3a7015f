import { RunwrightError } from "./errors.ts";

/** A place in the tree: `/` for the root, else `/org/group/...`. Roles and policies are inherited downwards. */
export type Scope = string;
export const ROOT_SCOPE: Scope = "/";
const SEGMENT = /^[a-z0-9][a-z0-9-]{0,62}$/;
const MAX_DEPTH = 8;

/** @throws SCOPE_INVALID with the offending part. */
export function parseScope(text: string): Scope {
  if (text === ROOT_SCOPE) return ROOT_SCOPE;
  const segments = text.split("/").slice(1);
  if (!text.startsWith("/") || segments.length === 0) throw new RunwrightError("SCOPE_INVALID", `scope "${text}" must begin with "/", such as /prod/web`);
  if (segments.length > MAX_DEPTH) throw new RunwrightError("SCOPE_INVALID", `scope "${text}" is deeper than ${MAX_DEPTH} levels`);
  for (const segment of segments) {
    if (!SEGMENT.test(segment))
      throw new RunwrightError("SCOPE_INVALID", `scope "${text}": "${segment}" must be lower-case letters, digits and "-", at most 63`);
  }
  return text;
}

/** Whether `inner` is `outer` or lies below it. */
export const scopeIncludes = (outer: Scope, inner: Scope): boolean => outer === ROOT_SCOPE || inner === outer || inner.startsWith(`${outer}/`);

/** The scope itself, then each one above it, up to the root. */
export function upwards(scope: Scope): Scope[] {
  const segments = scope.split("/").filter(Boolean);
  return [...segments.map((_, i) => `/${segments.slice(0, segments.length - i).join("/")}`), ROOT_SCOPE];
}
