import { type Static, Type } from "typebox";
import { Closed, RoleName } from "../http/shapes.ts";

/** `kind: Role`, without `kind` and `scope`: it has no name, but says who has which role there. */
export const RoleSpec = Closed({
  principal: Type.String({ minLength: 1, maxLength: 128, description: "Name of the user or service; it must exist" }),
  role: { ...RoleName, description: "Each one includes those before it: reader, operator, author, admin" },
});
export type RoleSpec = Static<typeof RoleSpec>;
