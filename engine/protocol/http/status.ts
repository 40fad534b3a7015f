import { type Static, Type } from "typebox";

export const Readiness = Type.Object({
  ready: Type.Boolean(),
  version: Type.String(),
  checks: Type.Array(Type.Object({ name: Type.String(), ok: Type.Boolean(), detail: Type.String() })),
  warnings: Type.Array(Type.String()),
});
export type Readiness = Static<typeof Readiness>;
