import { fileURLToPath } from "node:url";
import { eventually } from "../support/eventually.ts";
import { engineWithEverything } from "./world.ts";

const ROLLBACK = fileURLToPath(new URL("../../runbooks/update-management/rollback.ts", import.meta.url));

/**
 * The engine with everything for tests in an extension host, whose Node is older than the engine's: they start this and send `{ id, act, words }`.
 * It ends with whoever started it.
 */
const world = await engineWithEverything();
const releases: (() => void)[] = [];

const ACTS: Record<string, (...words: any[]) => unknown> = {
  /** Runs the command with `--json`. */
  command: (words: string[]) => world.home.json(words),
  jobs: () => world.jobs(),
  plan: () => world.plan(),

  home: () => world.home.path,
  /** The next install of a machine goes on until it is released, and fails then. */
  hold: (name: string) =>
    void world.fleet.installs.set(
      name,
      () =>
        new Promise((resolve) => {
          releases.push(() => resolve({ status: "failed", error: { code: "INTERNAL", message: "dpkg was interrupted" } }));
        }),
    ),
  release() {
    world.fleet.installs.clear();
    for (const release of releases.splice(0)) release();
  },
  /** Publishes what takes deployments back. */
  solution: async () => void (await world.home.run(["runbook", "publish", ROLLBACK])),
  reached: (id: string, ...statuses: string[]) =>
    eventually(`${id} ${statuses.join()}`, async () => statuses.includes((await world.home.json(["deployment", "show", id])).status), 60_000),
};

process.on("message", async ({ id, act, words }: { id: number; act: string; words: unknown[] }) => {
  try {
    process.send?.({ id, answer: await ACTS[act]?.(...words) });
  } catch (error) {
    process.send?.({ id, problem: error instanceof Error ? error.message : String(error) });
  }
});
process.once("disconnect", async () => {
  await world.stop();
  process.exit();
});
process.send?.({ url: world.url, token: world.token });
