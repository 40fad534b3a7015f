/**
 * What clients that are installed on their own, such as the extension of an editor, and engines must agree on. Raised when something is added that such a client
 * needs; `oldest` follows when something goes away that older clients rely on.
 */
export const API_LEVELS = { oldest: 1, newest: 1 } as const;
export type ApiLevels = { readonly oldest: number; readonly newest: number };

/** Why a client of the level `own` can't work with an engine of these levels; undefined: it can. */
export function levelProblem(own: number, { oldest, newest }: ApiLevels): "engineTooOld" | "engineTooNew" | undefined {
  if (newest < own) return "engineTooOld";
  return oldest > own ? "engineTooNew" : undefined;
}
