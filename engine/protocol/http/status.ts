import { type Static, Type } from "typebox";

export const Readiness = Type.Object({
  ready: Type.Boolean(),
  version: Type.String(),
  checks: Type.Array(Type.Object({ name: Type.String(), ok: Type.Boolean(), detail: Type.String() })),
  warnings: Type.Array(Type.String()),
});
export type Readiness = Static<typeof Readiness>;

/** Who has a token learns what it talks to, from wherever it asks. */
export const About = Type.Object({
  version: Type.String(),
  api: Type.Object({ oldest: Type.Integer(), newest: Type.Integer() }, { description: "Levels of clients that it works with; see core/api-level.ts" }),
});
export type About = Static<typeof About>;
