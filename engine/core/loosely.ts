/** Documents have their own schemas at the engine; what is shown of them here is read with care, so that a newer engine's documents are still listed. */
export const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

export const isEnabled = (spec: Readonly<Record<string, unknown>>): boolean => spec.enabled !== false;
/** Names of what a schedule, webhook or rule starts. */
export const runbooksOf = (spec: Readonly<Record<string, unknown>>): string[] => listOf(spec.runs).flatMap((run) => textOf(memberOf(run, "runbook")) ?? []);
