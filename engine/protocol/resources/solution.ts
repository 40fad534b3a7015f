import { type Static, Type } from "typebox";
import { MACHINE_ACTIONS, type Permissions } from "../../core/manifest.ts";
import { Closed, OneOf } from "../http/shapes.ts";
import { Description } from "./shapes.ts";

const names = (description: string) => Type.Optional(Type.Array(Type.String({ maxLength: 500 }), { maxItems: 200, description }));

/** As a runbook declares them. */
const RunbookPermissions = Type.Unsafe<Permissions>(
  Closed({
    machines: Type.Optional(
      Closed({ select: Type.String({ maxLength: 2_000 }), actions: Type.Array(OneOf(MACHINE_ACTIONS), { maxItems: MACHINE_ACTIONS.length }) }),
    ),
    http: names("Origins, or origins and paths"),
    secrets: names("Names of secrets"),
    credentials: names("Names of credentials"),
    certificates: names("Names of certificates"),
    connections: names("Names of connections"),
    variables: names("Names of variables that it reads"),
    setVariables: names("Names of variables that it sets"),
    jobs: names("Runbooks that it starts"),
    engine: names("What it has the engine itself do, such as backup"),
    deployments: Type.Optional(Type.Literal(true)),
  }),
);

/** `kind: Solution`, without `kind`, `name` and `scope`: what the documents and runbooks of its folder are as a whole. `docs/solutions.md` has its rules. */
export const SolutionSpec = Closed({
  version: Type.String({ minLength: 1, maxLength: 64, description: "Any text, such as 1.2.0" }),
  summary: Type.String({ minLength: 1, maxLength: 300, description: "A sentence that says what it is for" }),
  description: Type.Optional(Description),
  permissions: Type.Optional(
    Type.Record(Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }), RunbookPermissions, {
      description: "What each of its runbooks may do at most, by name: one that asks for more isn't installed",
    }),
  ),
});
export type SolutionSpec = Static<typeof SolutionSpec>;
