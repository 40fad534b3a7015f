import type { Assets } from "./access/assets.ts";
import type { BackupRounds } from "./backup/rounds.ts";
import type { Health } from "./http/ports.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { RunningSandbox } from "./sandbox/sandbox.ts";
import type { Store } from "./store/store.ts";

/** What `/readyz` answers. */
export function joinHealth(parts: {
  store: Store;
  sandbox: RunningSandbox;
  jobs: Pick<Jobs, "running" | "warnings">;
  assets: Pick<Assets, "warnings">;
  rounds: Pick<BackupRounds, "warnings">;
  connected(): number;
}): Health {
  const { store, sandbox, jobs, assets, rounds, connected } = parts;
  return {
    async readiness() {
      const database = await store.ping().then(
        () => ({ name: "database", ok: true, detail: describe(store) }),
        (error: unknown) => ({ name: "database", ok: false, detail: error instanceof Error ? error.message : String(error) }),
      );
      const { runners, boundary } = sandbox.describe();
      const ready = runners.filter((runner) => runner.isReady).length;
      const checks = [
        database,
        { name: "runners", ok: ready > 0, detail: `${ready} of ${runners.length} are ready, ${jobs.running()} jobs run` },
        { name: "boundary", ok: true, detail: boundary.holds.join("; ") || "none" },
        { name: "agents", ok: true, detail: `${connected()} are connected to this engine` },
      ];
      // Without the database there is nothing to say about certificates.
      const ofAssets = database.ok ? await assets.warnings().catch(() => []) : [];
      return { ready: checks.every((check) => check.ok), checks, warnings: [...boundary.warnings, ...jobs.warnings(), ...rounds.warnings(), ...ofAssets] };
    },
  };
}

function describe(store: Store): string {
  const { kind, schemaVersion } = store.describe();
  return `${kind}, schema version ${schemaVersion}`;
}
