/** One member that an entry of the activity log says has changed; undefined: it wasn't there. */
export interface Change {
  name: string;
  from: unknown;
  to: unknown;
}

/** What an entry's details tell: members with their values before and after, and everything else. */
export interface Told {
  changes: Change[];
  others: [string, unknown][];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Entries of changes hold `from` and `to`. Members of objects are compared one by one, and those that are equal left out. */
export function toldBy(details: unknown): Told {
  if (!isObject(details)) return { changes: [], others: details === undefined || details === null ? [] : [["details", details]] };
  const { from, to, ...rest } = details;
  const others = Object.entries(rest);
  // `from` alone names where something came from, such as the version that a rollback went to.
  if (!("from" in details) || !("to" in details)) return { changes: [], others: Object.entries(details) };
  if (!isObject(from) || !isObject(to)) return { changes: [{ name: "", from, to }], others };
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const own = (value: Readonly<Record<string, unknown>>, name: string) => (Object.hasOwn(value, name) ? value[name] : undefined);
  const changes = names.map((name) => ({ name, from: own(from, name), to: own(to, name) }));
  return { changes: changes.filter((change) => JSON.stringify(change.from) !== JSON.stringify(change.to)), others };
}

/** A value on one line, or as JSON where it has parts. */
export function valueText(value: unknown): string {
  if (value === undefined) return "–";
  if (typeof value === "string") return value;
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value, null, 1) : String(value);
}

/** Where in the dashboard the target of an entry is shown; undefined: nowhere. Kinds are written as the engine writes them. */
export function placeOfTarget(target: string): string | undefined {
  const [kind = "", ...rest] = target.split(":");
  const name = encodeURIComponent(rest.join(":"));
  const path = Object.hasOwn(PAGES, kind) ? PAGES[kind] : undefined;
  return path === undefined || name === "" ? undefined : path.replace("*", name);
}

const PAGES: Readonly<Record<string, string>> = {
  ...{ machine: "/machines/*", job: "/jobs/*", runbook: "/runbooks/*", deployment: "/deployments/*" },
  ...{ Schedule: "/schedules/*", Webhook: "/webhooks/*", MaintenanceWindow: "/windows/*" },
  ...Object.fromEntries(["secret", "variable", "credential", "certificate", "connection"].map((kind) => [kind, "/assets?asset=*"])),
};
