import { type Static, Type } from "typebox";
import { OneOf, Time } from "./shapes.ts";

export const MEMBER_STATES = ["asInstalled", "changed", "gone"] as const;

/** A solution that is installed, with what it has brought as far as the caller may see it. */
export const Solution = Type.Object({
  name: Type.String(),
  scope: Type.String(),
  version: Type.String(),
  summary: Type.String(),
  revision: Type.Integer(),
  installedAt: Time,
  installedBy: Type.String(),
  members: Type.Array(
    Type.Object({
      kind: Type.String(),
      name: Type.String(),
      scope: Type.String(),
      state: { ...OneOf(MEMBER_STATES), description: "changed: somebody has changed it since" },
    }),
  ),
});
export type Solution = Static<typeof Solution>;
