import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { ROLLBACK_STATUSES, type RollbackStatus } from "../core/rollback.ts";

const word = Type.String({ maxLength: 256 });
const sentence = Type.String({ maxLength: 4_096 });
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const changed = { name: word, architecture: word, version: word, fromVersion: Type.Union([word, Type.Null()]) };

/** Arguments of the action `rollback`: what one install has changed, to be taken back. */
export const RollbackArgsSchema = Type.Object({
  updates: Type.Array(Type.Object(changed), { minItems: 1, maxItems: 10_000 }),
  /** Only says what would go back, and why the rest can't; nothing is changed. */
  plan: Type.Optional(Type.Boolean()),
  lockTimeoutMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
  /** How long the engine waits for the result once the command has started. The agent ends nothing for it. */
  timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 7 * 24 * 3_600_000 })),
});
export type RollbackArgs = Static<typeof RollbackArgsSchema>;
export const rollbackArgs = Compile(RollbackArgsSchema);

export const RollbackReportSchema = Type.Object({
  packageManager: word,
  updates: Type.Array(
    Type.Object({
      ...changed,
      status: Type.Unsafe<RollbackStatus>(Type.Union(ROLLBACK_STATUSES.map((status) => Type.Literal(status)))),
      message: sentence,
    }),
    { maxItems: 10_000 },
  ),
  rebootPending: Type.Boolean(),
  repairs: Type.Array(sentence, { maxItems: 100 }),
  resumed: count,
  logFile: sentence,
});
export const rollbackReport = Compile(RollbackReportSchema);
