import { Type } from "typebox";
import type { EnginePort } from "../ports.ts";
import { type HostFunction, hostFunction } from "./function.ts";

/** What the engine itself does for runbooks: nothing that a runbook says has any part in how. */
export function engineFunctions(engine: EnginePort): HostFunction[] {
  return [
    hostFunction(Type.Object({}), {
      op: "engine.backup",
      effect: "write",
      refuse(_, { attempt }) {
        if (!attempt.manifest.permissions.engine?.includes("backup"))
          return 'the runbook doesn\'t declare that it makes backups: add "backup" to permissions.engine';
        return attempt.narrowedTo ? `the job may reach ${attempt.narrowedTo} only, and a backup holds everything` : undefined;
      },
      perform: (_, { onBehalfOf, signal }) => engine.backup(onBehalfOf, signal),
      // One that a crash has interrupted has left nothing; one that was whole is kept, and another one is made.
      recover: () => "perform",
      dry: () => ({ file: "", bytes: 0, createdAt: 0, rows: 0, encrypted: false, restoredRows: null, masterKey: "", removed: [] }),
    }),
  ];
}
