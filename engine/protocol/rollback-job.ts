import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";

/** Parameters of the job that takes a deployment back: what was asked for, and all that the job may do. */
export const RollbackParams = Type.Object({
  deployment: Type.String(),
  /** Names; empty: all on which it has installed something. */
  machines: Type.Array(Type.String()),
  plan: Type.Boolean(),
});
export type RollbackParams = Static<typeof RollbackParams>;
export const rollbackParams = Compile(RollbackParams);
