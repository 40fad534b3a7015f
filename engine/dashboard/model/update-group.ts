import { inPath } from "./engine.ts";

/** By what missing updates are put together: those of one name, or those that mend one vulnerability. */
export const GROUPINGS = ["update", "cve"] as const;
export type Grouping = (typeof GROUPINGS)[number];
export const groupingOf = (text: string | undefined): Grouping => (text === "cve" ? "cve" : "update");

export const groupPath = (by: Grouping, name: string): string => `/updates/${by}/${inPath(name)}`;
