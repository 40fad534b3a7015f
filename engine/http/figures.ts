import { Gauge, type Registry } from "prom-client";
import type { Clock } from "../core/clock.ts";

/** What all engines of a database share, so each of them tells the same: of all scopes. */
export interface Figures {
  /** Jobs that haven't ended, by status. */
  jobs: Readonly<Record<string, number>>;
  /** Machines by compliance. */
  machines: Readonly<Record<string, number>>;
  /** Missing updates by classification. */
  missing: Readonly<Record<string, number>>;
  /** Deployments that haven't ended, by status. */
  deployments: Readonly<Record<string, number>>;
}

/** However often somebody asks, all machines are looked through this seldom. */
const KEPT_MS = 30_000;

const GAUGES = [
  { name: "runwright_jobs", help: "Jobs that haven't ended, of all engines of the database", label: "status", of: "jobs" },
  { name: "runwright_machines", help: "Machines, as they were judged last", label: "compliance", of: "machines" },
  { name: "runwright_missing_updates", help: "Updates that machines miss, each counted on each machine", label: "classification", of: "missing" },
  { name: "runwright_deployments", help: "Deployments that haven't ended", label: "status", of: "deployments" },
] as const;

/** Gauges that are looked up in the database when they are asked for. While it is away they keep quiet: an old figure would look like a true one. */
export function gaugeFigures({ registry, clock, look }: { registry: Registry; clock: Pick<Clock, "monotonic">; look(): Promise<Figures> }): void {
  let known: { figures: Promise<Figures>; at: number } | undefined;
  const figures = (): Promise<Figures> => {
    const now = clock.monotonic();
    if (known === undefined || now - known.at > KEPT_MS) {
      const looking = look();
      known = { figures: looking, at: now };
      looking.catch(() => {
        known = undefined; // the next one to ask tries again
      });
    }
    return known.figures;
  };
  for (const { name, help, label, of } of GAUGES) {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      async collect() {
        this.reset();
        const found = await figures().catch(() => undefined);
        for (const [value, count] of Object.entries(found?.[of] ?? {})) this.set({ [label]: value }, count);
      },
    });
  }
}
