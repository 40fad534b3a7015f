import { type MaintenanceWindowSpec, WINDOW_DEFAULTS } from "../core/deploy/spec.ts";
import { canonicalJson } from "../core/json.ts";
import type { ResourceRecord } from "../core/resource.ts";

export type WindowRecord = ResourceRecord<MaintenanceWindowSpec>;

/** What of a window's document goes into its plans, and is approved with them. */
export const settingsOf = ({ description: _, enabled: __, planAhead: ___, ...settings }: MaintenanceWindowSpec) => settings;

/** What of a window's document has a say in what is done: a change of the rest plans nothing anew. */
export const effectOf = ({ description: _, ...rest }: MaintenanceWindowSpec): string => canonicalJson(rest);

/** What carries its deployments out. */
export const runbookOf = ({ runbook = WINDOW_DEFAULTS.runbook }: Pick<MaintenanceWindowSpec, "runbook">): string => runbook;

/** Runbooks that a window names, and where: what carries its deployments out, then those of its hooks. */
export const runbookPlaces = (spec: MaintenanceWindowSpec): { path: string; runbook: string }[] => [
  { path: "/runbook", runbook: runbookOf(spec) },
  ...(spec.hooks ?? []).flatMap(({ runbook }, i) => (runbook === undefined ? [] : [{ path: `/hooks/${i}/runbook`, runbook }])),
];
