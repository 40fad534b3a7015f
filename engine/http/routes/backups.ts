import { Readable } from "node:stream";
import { requireAction } from "../../access/authorize.ts";
import { ROOT_SCOPE } from "../../core/scope.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { patience } from "../wait.ts";
import type { RouteParts } from "./parts.ts";

/** How long a copy of the records may take. */
const LONGEST_MS = 24 * 3_600_000;

/** All that the engine keeps, for whoever administers all of it. The master key isn't in it. */
export function backupRoutes(app: App, parts: Pick<RouteParts, "store" | "clock" | "backups" | "stopping" | "log" | "downloadIdleMs">): void {
  const { store, clock, backups, stopping, log, downloadIdleMs } = parts;
  app.post(
    "/api/v1/backups",
    {
      config: { door: "engine.backup" },
      schema: { summary: "Make a backup of all records as of this moment, and send it: the body of a backup file, packed with Zstandard", tags: ["status"] },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      requireAction(caller.actor, "engine.backup", ROOT_SCOPE);
      using waiting = patience(request, LONGEST_MS, stopping);
      const backup = await backups.make(waiting.signal);
      const dispose = () => void backup[Symbol.asyncDispose]().catch(() => {}); // what can't be removed now goes with the next start
      reply.raw.once("close", dispose);
      const { createdAt, database, parts } = backup.manifest;
      const audit = auditOf(clock, caller);
      await store.write(async (tx) =>
        audit(tx, {
          ...{ operation: "engine.backup", target: "engine", scope: ROOT_SCOPE },
          details: { createdAt, schemaVersion: database.schemaVersion, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), records: parts[0]?.sha256 },
        }),
      );
      if (reply.raw.destroyed) dispose();
      // The copy takes room, and no other backup is made while it is there. Slow clients are waited for: whatever the system takes for them counts.
      reply.raw.setTimeout(downloadIdleMs, () => {
        log.warn({ requestId: request.id, address: request.ip, ms: downloadIdleMs }, "a client takes nothing of its backup any more: the backup is given up");
        reply.raw.destroy();
      });
      return reply.type("application/octet-stream").send(Readable.from(backup.body(), { objectMode: false }));
    },
  );
}
